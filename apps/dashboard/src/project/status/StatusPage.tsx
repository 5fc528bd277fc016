import { type HostsAnswer, hostsAnswerSchema } from '@radist-tech/protocol/dashboard'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Server } from 'lucide-react'
import { useState } from 'react'
import { answerTo, anyAnswer, change, outdated } from '../../api/dashboard.ts'
import { useSession } from '../../api/session.ts'
import { ApiError } from '../../api/words.ts'
import { Card } from '../../ui/Card.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { Figure } from '../../ui/Figure.tsx'
import { count } from '../../ui/format.ts'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { SkeletonRows } from '../../ui/Skeleton.tsx'
import { showToast } from '../../ui/toast.ts'
import { HostTable } from './HostTable.tsx'

export type Host = HostsAnswer['hosts'][number]

/** Hosts report every two seconds; read anew this often, in milliseconds. */
const EVERY_MS = 5000
const HOSTS = '/fleet/hosts'

const notHere = new ApiError(404, 'not_found', 'This page is for those who run this installation.')

export default function StatusPage() {
  const { isOperator } = useSession()
  if (isOperator) return <Status />
  return (
    <>
      <PageHeader title="Status" />
      <Card flush>
        <ErrorState error={notHere} />
      </Card>
    </>
  )
}

function Status() {
  const query = useQuery({ ...answerTo(HOSTS, hostsAnswerSchema), refetchInterval: EVERY_MS })
  const [asking, setAsking] = useState<Host | null>(null)
  const drain = useMutation({
    mutationFn: ({ hostId, drainAsked }: Host) =>
      change('POST', `${HOSTS}/${hostId}/${drainAsked ? 'undrain' : 'drain'}`, anyAnswer),
    onSuccess: async (_, { drainAsked }) => {
      setAsking(null)
      showToast(drainAsked ? 'The host takes rooms again.' : 'The host is draining.')
      await outdated(HOSTS)
    },
  })
  const hosts = query.data?.hosts
  const sum = (of: (host: Host) => number) =>
    hosts ? count(hosts.reduce((total, host) => total + of(host), 0)) : null
  return (
    <>
      <PageHeader title="Status" text="The SFU hosts of this installation, as they report themselves." />
      <div className="mb-6 grid gap-4 sm:grid-cols-3">
        <Figure
          name="Hosts that take rooms"
          value={sum(({ state }) => (state === 'ready' ? 1 : 0))}
          note={hosts && `of ${count(hosts.length)}`}
        />
        <Figure name="Rooms" value={sum(({ rooms }) => rooms)} />
        <Figure
          name="Participants"
          value={sum(({ participants }) => participants)}
          note={`room for ${sum(({ maxParticipants }) => maxParticipants) ?? '…'}`}
        />
      </div>
      <Card flush>
        {query.isPending && <SkeletonRows />}
        {query.isError && !hosts && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
        {hosts && hosts.length === 0 && (
          <EmptyState
            icon={Server}
            title="No SFU hosts"
            text="Rooms need at least one. A host appears here as soon as it has enrolled with the fleet secret."
          />
        )}
        {hosts && hosts.length > 0 && <HostTable hosts={hosts} onDrain={setAsking} />}
      </Card>
      <ConfirmDialog
        open={asking !== null}
        title={asking?.drainAsked ? 'Let this host take rooms again?' : 'Drain this host?'}
        text={
          asking?.drainAsked
            ? 'New rooms are placed on it from now on.'
            : `It gets no new rooms, and its ${count(asking?.rooms ?? 0)} rooms move to other hosts. Their participants stay in them, and may notice a moment of silence.`
        }
        action={asking?.drainAsked ? 'Undrain host' : 'Drain host'}
        look={asking?.drainAsked ? 'primary' : 'danger'}
        busy={drain.isPending}
        error={drain.error}
        onConfirm={() => asking && drain.mutate(asking)}
        onClose={() => {
          setAsking(null)
          drain.reset()
        }}
      />
    </>
  )
}
