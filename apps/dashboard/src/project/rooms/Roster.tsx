import type { RoomAnswer } from '@radist-tech/protocol'
import { UsersRound, UserX } from 'lucide-react'
import { Badge, type BadgeLook } from '../../ui/Badge.tsx'
import { Button } from '../../ui/Button.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { duration } from '../../ui/format.ts'
import { Cell, Table, TableHead, TableRow } from '../../ui/Table.tsx'
import { Time } from '../../ui/Time.tsx'
import { useNow } from '../live/use-now.ts'
import { type SecondsSoFar, secondsAt } from './seconds-so-far.ts'
import { type Track, TrackList } from './TrackList.tsx'

export type RoomParticipant = RoomAnswer['participants'][number]

const qualities = {
  excellent: { name: 'Excellent', look: 'good' },
  good: { name: 'Good', look: 'good' },
  poor: { name: 'Poor', look: 'warning' },
  lost: { name: 'Lost', look: 'danger' },
} as const satisfies Record<string, { name: string; look: BadgeLook }>

/** Who is in the room now. */
export function Roster(props: {
  participants: readonly RoomParticipant[]
  soFar: SecondsSoFar
  mayControl: boolean
  onRemove: (participant: RoomParticipant) => void
  onMute: (participant: RoomParticipant, track: Track) => void
}) {
  const now = useNow(props.participants.length > 0)
  if (props.participants.length === 0)
    return <EmptyState icon={UsersRound} title="Nobody is here" text="Whoever joins appears at once." />
  return (
    <Table label="Participants">
      <TableHead
        columns={[
          'Participant',
          'Connection',
          'Tracks',
          'Joined',
          { right: 'Time so far' },
          ...(props.mayControl ? [{ hidden: 'Actions' }] : []),
        ]}
      />
      <tbody data-testid="roster">
        {props.participants.map((participant) => (
          <TableRow key={participant.participantId}>
            <Cell>
              <p className="font-medium">{participant.identity ?? 'Without a name'}</p>
              <p className="mt-0.5 whitespace-nowrap font-mono text-muted text-xs">
                {participant.participantId}
              </p>
            </Cell>
            <Cell>
              <Connection {...participant} />
            </Cell>
            <Cell>
              <TrackList
                tracks={participant.tracks}
                onMute={props.mayControl ? (track) => props.onMute(participant, track) : null}
              />
            </Cell>
            <Cell className="text-muted">
              <Time at={participant.joinedAt} />
            </Cell>
            <Cell className="whitespace-nowrap text-right">
              <span data-testid="seconds">
                {duration(secondsAt(props.soFar, participant.participantId, now))}
              </span>
            </Cell>
            {props.mayControl && (
              <Cell className="w-0">
                <Button
                  look="secondary"
                  size="sm"
                  aria-label={`Remove ${participant.identity ?? participant.participantId}`}
                  onClick={() => props.onRemove(participant)}
                >
                  <UserX aria-hidden className="size-4" /> Remove
                </Button>
              </Cell>
            )}
          </TableRow>
        ))}
      </tbody>
    </Table>
  )
}

function Connection({ connected, quality }: RoomParticipant) {
  if (connected === false) return <Badge look="warning">Reconnecting</Badge>
  if (quality === null) return <Badge>{connected === null ? 'Not known' : 'Connected'}</Badge>
  const { name, look } = qualities[quality]
  return <Badge look={look}>{name}</Badge>
}
