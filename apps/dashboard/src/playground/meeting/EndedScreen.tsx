import { DoorOpen, PhoneOff, TriangleAlert } from 'lucide-react'
import { Button, LinkButton } from '../../ui/Button.tsx'
import { FullPageMessage } from '../../ui/FullPageMessage.tsx'
import { useAccess } from '../access.ts'
import type { MeetingEnd } from './meeting.ts'

const icons = { left: DoorOpen, over: PhoneOff, lost: TriangleAlert }

/** What is shown when a meeting is over for this person. */
export function EndedScreen(props: { kind: 'call' | 'room'; end: MeetingEnd; onRejoin: () => void }) {
  const { why, words } = props.end
  return (
    <div data-testid="ended" data-why={why}>
      <FullPageMessage icon={icons[why]} title={words.title} text={words.advice}>
        {words.retryable && (
          <Button size="lg" onClick={props.onRejoin}>
            Join again
          </Button>
        )}
        <Back look={words.retryable ? 'secondary' : 'primary'} />
      </FullPageMessage>
    </div>
  )
}

/** To where the meeting was started; guests came from nowhere. */
function Back({ look }: { look: 'primary' | 'secondary' }) {
  const access = useAccess()
  if (access.kind === 'guest') return null
  const text = 'Back to the playground'
  if (access.kind === 'anyone')
    return (
      <LinkButton to="/playground" size="lg" look={look}>
        {text}
      </LinkButton>
    )
  const { projectId } = access
  return (
    <LinkButton to="/projects/$projectId/playground" params={{ projectId }} size="lg" look={look}>
      {text}
    </LinkButton>
  )
}
