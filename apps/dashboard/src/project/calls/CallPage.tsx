import { type DashboardCallAnswer, dashboardCallAnswerSchema } from '@radist-tech/protocol/dashboard'
import { useMutation } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { PhoneOff } from 'lucide-react'
import { useState } from 'react'
import { anyAnswer, change, outdated } from '../../api/dashboard.ts'
import { Badge } from '../../ui/Badge.tsx'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Facts } from '../../ui/Facts.tsx'
import { duration } from '../../ui/format.ts'
import { Cell, Table, TableHead, TableRow } from '../../ui/Table.tsx'
import { Time } from '../../ui/Time.tsx'
import { showToast } from '../../ui/toast.ts'
import { useLiveAnswer } from '../live/use-live-answer.ts'
import { useNow } from '../live/use-now.ts'
import { mediaWords } from '../media/kinds.ts'
import { MediaDetails } from '../media/MediaDetails.tsx'
import { reasonWords } from '../media/reasons.ts'
import { Timeline } from '../media/Timeline.tsx'
import { Permitted } from '../Permitted.tsx'
import { useMay, useProject } from '../project.ts'

export default function CallPage() {
  return (
    <Permitted needs="media:read" title="Call">
      <Call />
    </Permitted>
  )
}

function Call() {
  const { projectId } = useProject()
  const { callId } = useParams({ from: '/signed-in/projects/$projectId/calls/$callId' })
  const path = `/projects/${projectId}/calls/${callId}`
  const { query, live, over } = useLiveAnswer(
    path,
    dashboardCallAnswerSchema,
    ({ call }) => call.state === 'tombstoned',
  )
  const [ending, setEnding] = useState(false)
  const end = useMutation({
    mutationFn: () => change('DELETE', path, anyAnswer),
    onSuccess: async () => {
      setEnding(false)
      showToast('The call is ended.')
      await outdated(`/projects/${projectId}/calls`)
    },
  })
  const mayControl = useMay('media:control')
  return (
    <MediaDetails
      kind="call"
      projectId={projectId}
      id={callId}
      query={query}
      live={over ? null : live}
      actions={
        mayControl &&
        !over && (
          <Button look="danger" onClick={() => setEnding(true)}>
            <PhoneOff aria-hidden className="size-4" /> End call
          </Button>
        )
      }
    >
      {query.data && <Shown {...query.data} />}
      <ConfirmDialog
        open={ending}
        title="End this call?"
        text="Both peers are disconnected at once, and nobody can join it again."
        action="End call"
        busy={end.isPending}
        error={end.error}
        onConfirm={() => end.mutate()}
        onClose={() => {
          setEnding(false)
          end.reset()
        }}
      />
    </MediaDetails>
  )
}

const states = {
  waiting: { text: 'Waiting for the first peer', look: 'neutral' },
  joined: { text: 'Open', look: 'good' },
  tombstoned: { text: 'Ended', look: 'neutral' },
} as const

function Shown({ call, timeline, truncated }: DashboardCallAnswer) {
  const { state, createdAt, tombstonedAt, endedReason, peers, accessControl } = call
  const now = useNow(tombstonedAt === null)
  const until = tombstonedAt === null ? now : Date.parse(tombstonedAt)
  return (
    <>
      <Card>
        <Facts
          facts={[
            [
              'State',
              <Badge key="state" look={states[state].look}>
                {states[state].text}
              </Badge>,
            ],
            ['Began', <Time key="began" at={createdAt} />],
            ['Duration', duration(Math.max(0, until - Date.parse(createdAt)) / 1000)],
            endedReason === null
              ? ['Access', accessControl === 'public' ? 'Public' : 'Private']
              : ['Ended because', reasonWords(endedReason)],
          ]}
        />
      </Card>
      {state !== 'tombstoned' && (
        <Card title="Peers" flush>
          {peers.length === 0 ? (
            <EmptyState
              icon={mediaWords.call.icon}
              title="Nobody is here"
              text="Whoever joins appears at once."
            />
          ) : (
            <Table label="Peers">
              <TableHead columns={['Peer', 'Connection', 'Joined']} />
              <tbody data-testid="peers">
                {peers.map(({ peerId, connected, joinedAt, disconnectedAt }) => (
                  <TableRow key={peerId}>
                    <Cell className="whitespace-nowrap font-mono text-xs">{peerId}</Cell>
                    <Cell>
                      {connected ? (
                        <Badge look="good">Connected</Badge>
                      ) : (
                        <Badge look="warning">
                          Away since {disconnectedAt && <Time at={disconnectedAt} ago />}
                        </Badge>
                      )}
                    </Cell>
                    <Cell className="text-muted">
                      <Time at={joinedAt} />
                    </Cell>
                  </TableRow>
                ))}
              </tbody>
            </Table>
          )}
        </Card>
      )}
      <Timeline kind="call" timeline={timeline} truncated={truncated} />
    </>
  )
}
