import { roomUsageReportSchema } from '@radist-tech/protocol/usage'
import { useQuery } from '@tanstack/react-query'
import { Video } from 'lucide-react'
import { useState } from 'react'
import { answerTo } from '../../api/dashboard.ts'
import { Card } from '../../ui/Card.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { count, duration } from '../../ui/format.ts'
import { Pagination } from '../../ui/Pagination.tsx'
import { SkeletonRows } from '../../ui/Skeleton.tsx'
import { Cell, Table, TableHead, TableRow } from '../../ui/Table.tsx'
import { TextLink } from '../../ui/TextLink.tsx'
import { useMay } from '../project.ts'
import { dayName, lastDays, USAGE_EVERY_MS } from './usage-days.ts'

/** Participants of a page, as the endpoint counts them. */
const LIMIT = 20

/** Which rooms the seconds are from. */
export function RoomUsage({ projectId }: { projectId: string }) {
  const [page, setPage] = useState(1)
  const usage = useQuery({
    ...answerTo(`/projects/${projectId}/usage/rooms`, roomUsageReportSchema, {
      ...lastDays(Date.now()),
      page,
      limit: LIMIT,
    }),
    refetchInterval: USAGE_EVERY_MS,
  })
  const seesRooms = useMay('media:read')
  const report = usage.data
  return (
    <Card title="By room" text="Each room and day of the last 30 days, the newest day first." flush>
      {usage.isPending && <SkeletonRows />}
      {usage.isError && !report && <ErrorState error={usage.error} onRetry={() => void usage.refetch()} />}
      {report && report.rooms.length === 0 && (
        <EmptyState icon={Video} title="No rooms yet" text="Rooms that were used are listed here." />
      )}
      {report && report.rooms.length > 0 && (
        <Table label="Participant seconds by room">
          <TableHead columns={['Day', 'Room', { right: 'Seconds' }, { right: 'Duration' }]} />
          <tbody>
            {report.rooms.map(({ day, roomId, seconds }) => (
              <TableRow key={`${day} ${roomId}`}>
                <Cell className="whitespace-nowrap">{dayName(day)}</Cell>
                <Cell className="whitespace-nowrap font-mono text-xs">
                  {seesRooms ? (
                    <TextLink to="/projects/$projectId/rooms/$roomId" params={{ projectId, roomId }}>
                      {roomId}
                    </TextLink>
                  ) : (
                    roomId
                  )}
                </Cell>
                <Cell className="text-right">{count(seconds)}</Cell>
                <Cell className="whitespace-nowrap text-right text-muted">{duration(seconds)}</Cell>
              </TableRow>
            ))}
          </tbody>
        </Table>
      )}
      {report && report.total > report.limit && (
        <Pagination {...report} unit="participants" onPage={setPage} />
      )}
    </Card>
  )
}
