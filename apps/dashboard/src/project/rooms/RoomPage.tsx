import { type DashboardRoomAnswer, dashboardRoomAnswerSchema } from '@radist-tech/protocol/dashboard'
import { useParams } from '@tanstack/react-router'
import { DoorClosed } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { Facts } from '../../ui/Facts.tsx'
import { count, duration } from '../../ui/format.ts'
import { Time } from '../../ui/Time.tsx'
import { useLiveAnswer } from '../live/use-live-answer.ts'
import { useNow } from '../live/use-now.ts'
import { MediaDetails } from '../media/MediaDetails.tsx'
import { reasonWords } from '../media/reasons.ts'
import { StateBadge } from '../media/StateBadge.tsx'
import { Timeline } from '../media/Timeline.tsx'
import { Permitted } from '../Permitted.tsx'
import { useMay, useProject } from '../project.ts'
import { type RoomParticipant, Roster } from './Roster.tsx'
import { useRoomControl } from './room-control.ts'
import { nobodyYet, withAnswer } from './seconds-so-far.ts'

export default function RoomPage() {
  return (
    <Permitted needs="media:read" title="Room">
      <Room />
    </Permitted>
  )
}

type Asking = { kind: 'close' } | { kind: 'remove'; participant: RoomParticipant } | null

function Room() {
  const { projectId } = useProject()
  const { roomId } = useParams({ from: '/signed-in/projects/$projectId/rooms/$roomId' })
  const { query, live, over } = useLiveAnswer(
    `/projects/${projectId}/rooms/${roomId}`,
    dashboardRoomAnswerSchema,
    ({ room }) => room.state === 'closed',
  )
  const mayControl = useMay('media:control')
  const [asking, setAsking] = useState<Asking>(null)
  const { close, remove, mute } = useRoomControl(projectId, roomId, () => setAsking(null))
  const cancel = () => {
    setAsking(null)
    close.reset()
    remove.reset()
  }
  const leaving = asking?.kind === 'remove' ? asking.participant : null
  return (
    <MediaDetails
      kind="room"
      projectId={projectId}
      id={roomId}
      query={query}
      live={over ? null : live}
      actions={
        mayControl &&
        !over && (
          <Button look="danger" onClick={() => setAsking({ kind: 'close' })}>
            <DoorClosed aria-hidden className="size-4" /> Close room
          </Button>
        )
      }
    >
      {query.data && (
        <Shown
          answer={query.data}
          answeredAt={query.dataUpdatedAt}
          mayControl={mayControl}
          onRemove={(participant) => setAsking({ kind: 'remove', participant })}
          onMute={({ participantId }, { producerId, muted }) =>
            mute.mutate({ participantId, producerId, muted: !muted })
          }
        />
      )}
      <ConfirmDialog
        open={asking?.kind === 'close'}
        title="Close this room?"
        text="Everybody in it is disconnected at once, and nobody can join it again."
        action="Close room"
        busy={close.isPending}
        error={close.error}
        onConfirm={() => close.mutate()}
        onClose={cancel}
      />
      <ConfirmDialog
        open={leaving !== null}
        title={`Remove ${leaving?.identity ?? 'this participant'}?`}
        text="They are disconnected at once and cannot reconnect. With a new token they can join again."
        action="Remove"
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => leaving && remove.mutate(leaving)}
        onClose={cancel}
      />
    </MediaDetails>
  )
}

function Shown(
  props: {
    answer: DashboardRoomAnswer
    answeredAt: number
  } & Pick<Parameters<typeof Roster>[0], 'mayControl' | 'onRemove' | 'onMute'>,
) {
  const { answer, answeredAt, ...control } = props
  const { room, seconds, timeline, truncated } = answer
  const isOpen = room.state === 'open'
  const [told, setTold] = useState({ answer: null as DashboardRoomAnswer | null, soFar: nobodyYet })
  if (told.answer !== answer) setTold({ answer, soFar: withAnswer(told.soFar, answer, answeredAt) })
  const now = useNow(isOpen)
  const until = room.closedAt === null ? now : Date.parse(room.closedAt)
  return (
    <>
      <Card>
        <Facts
          facts={[
            ['State', <StateBadge key="state" open={isOpen} />],
            ['Began', <Time key="began" at={room.createdAt} />],
            ['Duration', duration(Math.max(0, until - Date.parse(room.createdAt)) / 1000)],
            ['Participant time, as reported', duration(seconds.total)],
            ...(room.closedReason === null
              ? []
              : ([['Ended because', reasonWords(room.closedReason)]] as const)),
          ]}
        />
      </Card>
      {isOpen && (
        <Card
          title={`Participants (${count(room.participants.length)})`}
          {...(!room.live &&
            room.participants.length > 0 && {
              text: 'The room’s host does not answer just now: tracks and quality are not known.',
            })}
          flush
        >
          <Roster participants={room.participants} soFar={told.soFar} {...control} />
        </Card>
      )}
      <Timeline kind="room" timeline={timeline} truncated={truncated} />
    </>
  )
}
