import {
  type LiveCounts,
  type OverviewAnswer,
  overviewAnswerSchema,
  projectLiveFrameSchema,
} from '@radist-tech/protocol/dashboard'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Archive } from 'lucide-react'
import { answerTo } from '../../api/dashboard.ts'
import { Card } from '../../ui/Card.tsx'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { Figure } from '../../ui/Figure.tsx'
import { count, date, duration } from '../../ui/format.ts'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { TextLink } from '../../ui/TextLink.tsx'
import { LiveBadge } from '../live/LiveBadge.tsx'
import { fallBack, useLive } from '../live/use-live.ts'
import { useMay, useProject } from '../project.ts'
import { QuickStart } from './QuickStart.tsx'
import { rate } from './rates.ts'

/** Seconds and error rates have no socket; they are read anew now and then, in milliseconds. */
const SECONDS_EVERY_MS = 60_000

export default function OverviewPage() {
  const { name, archivedAt } = useProject()
  const sees = useMay('media:read')
  return (
    <>
      {archivedAt !== null && (
        <p className="mb-5 flex gap-2.5 rounded-xl bg-warning-soft px-4 py-3 text-sm">
          <Archive aria-hidden className="mt-0.5 size-4 shrink-0 text-warning" />
          <span>
            This project was archived on {date(archivedAt)}. Nothing can be created in it; what it used is
            kept.
          </span>
        </p>
      )}
      {sees ? <Numbers /> : <ForBilling name={name} />}
    </>
  )
}

/** Roles that see no calls and rooms begin elsewhere. */
function ForBilling({ name }: { name: string }) {
  const { projectId } = useProject()
  return (
    <>
      <PageHeader title={name} />
      <Card title="What you see here">
        <p className="text-muted text-sm leading-relaxed">
          Your role is about what the project costs: usage, invoices and limits are on{' '}
          <TextLink to="/projects/$projectId/billing" params={{ projectId }}>
            its billing page
          </TextLink>
          . Calls, rooms and keys are for developers and owners.
        </p>
      </Card>
    </>
  )
}

function useOverview(projectId: string) {
  const client = useQueryClient()
  const options = answerTo(`/projects/${projectId}/overview`, overviewAnswerSchema)
  const put = (counts: LiveCounts) =>
    client.setQueryData<OverviewAnswer>(options.queryKey, (known) => known && { ...known, ...counts })
  const live = useLive(
    `/projects/${projectId}/live`,
    projectLiveFrameSchema,
    (frame) => frame.type === 'counts' && put(frame.counts),
  )
  const overview = useQuery({ ...options, refetchInterval: fallBack(live) || SECONDS_EVERY_MS })
  return { overview, live }
}

function Numbers() {
  const { projectId, name } = useProject()
  const { overview, live } = useOverview(projectId)
  const now = overview.data ?? null
  const shown = (value: (answer: OverviewAnswer) => string) => (now ? value(now) : null)
  const errors = now?.errors
  return (
    <>
      <PageHeader title={name} text="What goes on in this project now, and how it went.">
        <LiveBadge state={live} />
      </PageHeader>
      {overview.isError && !now ? (
        <Card flush className="mb-6">
          <ErrorState error={overview.error} onRetry={() => void overview.refetch()} />
        </Card>
      ) : (
        <div className="mb-6 flex flex-col gap-3 sm:gap-4" data-testid="overview">
          <div className="grid grid-cols-2 gap-3 sm:grid-cols-3 sm:gap-4">
            <Figure
              name="Open calls"
              value={shown(({ openCalls }) => count(openCalls))}
              note={
                <TextLink to="/projects/$projectId/calls" params={{ projectId }} search={{ state: 'open' }}>
                  See them
                </TextLink>
              }
            />
            <Figure
              name="Open rooms"
              value={shown(({ openRooms }) => count(openRooms))}
              note={
                <TextLink to="/projects/$projectId/rooms" params={{ projectId }} search={{ state: 'open' }}>
                  See them
                </TextLink>
              }
            />
            <Figure
              name="Participants in rooms"
              value={shown(({ roomParticipants }) => count(roomParticipants))}
              note={
                now &&
                `${count(now.openCalls + now.openRooms)} of ${count(now.connectionLimit)} connections in use`
              }
            />
          </div>
          <div className="grid grid-cols-2 gap-3 sm:gap-4 lg:grid-cols-4">
            <Figure
              name="Participant time today"
              value={shown(({ secondsToday }) => duration(secondsToday))}
              note={now && `${count(now.secondsToday)} seconds, since midnight UTC`}
            />
            <Figure
              name="In 30 days"
              value={shown(({ secondsIn30Days }) => duration(secondsIn30Days))}
              note={now && `${count(now.secondsIn30Days)} seconds`}
            />
            <Figure
              name="Refused, 24 hours"
              value={errors ? rate(errors.refusedCreations, errors.creations) : null}
              note={
                errors &&
                `${count(errors.refusedCreations)} of ${count(errors.creations)} calls and rooms asked for`
              }
            />
            <Figure
              name="Not connected, 24 hours"
              value={errors ? rate(errors.unconnectedCalls, errors.endedCalls) : null}
              note={
                errors && `${count(errors.unconnectedCalls)} of ${count(errors.endedCalls)} calls that ended`
              }
            />
          </div>
        </div>
      )}
      <QuickStart />
    </>
  )
}
