import { DoorOpen, PhoneOff, TriangleAlert } from 'lucide-react'
import { Button, LinkButton } from '../../ui/Button.tsx'
import { FullPageMessage } from '../../ui/FullPageMessage.tsx'
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
        <LinkButton to="/playground" size="lg" look={words.retryable ? 'secondary' : 'primary'}>
          Back to the playground
        </LinkButton>
      </FullPageMessage>
    </div>
  )
}
