import { type UsageReport, usageReportSchema } from '@radist-tech/protocol/usage'
import { useQuery } from '@tanstack/react-query'
import { ChartColumn } from 'lucide-react'
import { lazy, Suspense } from 'react'
import { answerTo } from '../../api/dashboard.ts'
import { Card } from '../../ui/Card.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { count, duration } from '../../ui/format.ts'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { Cell, Table, TableHead, TableRow } from '../../ui/Table.tsx'
import { Tabs } from '../../ui/Tabs.tsx'
import { DAYS, dayName, lastDays, USAGE_EVERY_MS } from './usage-days.ts'

const UsageChart = lazy(() => import('./UsageChart.tsx'))

/** Usage by day, as a chart and as a table. */
export function UsageByDay({ projectId }: { projectId: string }) {
  const usage = useQuery({
    ...answerTo(`/projects/${projectId}/usage`, usageReportSchema, {
      ...lastDays(Date.now()),
      granularity: 'day',
    }),
    refetchInterval: USAGE_EVERY_MS,
  })
  return (
    <Card title="By day" text={`Participant seconds of the last ${DAYS} days, each in UTC.`} flush>
      {usage.data ? (
        usage.data.seconds === 0 ? (
          <EmptyState
            icon={ChartColumn}
            title="Nothing used yet"
            text="Seconds appear here as soon as somebody is in a room."
          />
        ) : (
          <Shown report={usage.data} />
        )
      ) : usage.isError ? (
        <ErrorState error={usage.error} onRetry={() => void usage.refetch()} />
      ) : (
        <Skeleton className="mx-5 mb-5 h-64" />
      )}
    </Card>
  )
}

const Shown = ({ report }: { report: UsageReport }) => (
  <Tabs
    label="Usage by day"
    tabs={[
      {
        id: 'chart',
        name: 'Chart',
        content: (
          <div className="px-3 py-5">
            <Suspense fallback={<Skeleton className="h-64" />}>
              <UsageChart buckets={report.buckets} />
            </Suspense>
          </div>
        ),
      },
      { id: 'table', name: 'Table', content: <Days buckets={report.buckets} /> },
    ]}
  />
)

const Days = ({ buckets }: Pick<UsageReport, 'buckets'>) => (
  <Table label="Participant seconds by day">
    <TableHead columns={['Day', { right: 'Seconds' }, { right: 'Duration' }]} />
    <tbody>
      {buckets.toReversed().map(({ start, seconds }) => (
        <TableRow key={start}>
          <Cell>{dayName(start)}</Cell>
          <Cell className="text-right">{count(seconds)}</Cell>
          <Cell className="text-right text-muted">{duration(seconds)}</Cell>
        </TableRow>
      ))}
    </tbody>
  </Table>
)
