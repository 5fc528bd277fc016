import { auditAnswerSchema } from '@radist-tech/protocol/dashboard'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { ScrollText } from 'lucide-react'
import { request } from '../api/request.ts'
import { projectsQuery } from '../shell/place.ts'
import { Button } from '../ui/Button.tsx'
import { Card } from '../ui/Card.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { ErrorState } from '../ui/ErrorState.tsx'
import { ErrorText } from '../ui/ErrorText.tsx'
import { PageHeader } from '../ui/PageHeader.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { Cell, Table, TableHead, TableRow } from '../ui/Table.tsx'
import { Time } from '../ui/Time.tsx'
import { useOrganization } from './organization.ts'

const PAGE = 50

export default function AuditPage() {
  const { organizationId, name } = useOrganization()
  const projects = useQuery(projectsQuery(organizationId))
  const audit = useInfiniteQuery({
    queryKey: ['organizations', organizationId, 'audit'],
    queryFn: ({ pageParam, signal }) =>
      request('GET', `/api/dashboard/organizations/${organizationId}/audit`, auditAnswerSchema, {
        query: { limit: PAGE, ...(pageParam && { before: pageParam }) },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
  })
  const entries = audit.data?.pages.flatMap((page) => page.entries) ?? []
  const projectName = (projectId: string) =>
    projects.data?.projects.find((project) => project.projectId === projectId)?.name ?? projectId
  return (
    <>
      <PageHeader title="Audit log" text={`Who did what in ${name}: to keys, members, billing and rooms.`} />
      <Card flush>
        {audit.isPending && <SkeletonRows rows={8} />}
        {audit.isError && entries.length === 0 && (
          <ErrorState error={audit.error} onRetry={() => void audit.refetch()} />
        )}
        {audit.isSuccess && entries.length === 0 && (
          <EmptyState
            icon={ScrollText}
            title="Nothing yet"
            text="What members change is written down here."
          />
        )}
        {entries.length > 0 && (
          <Table label="Audit log">
            <TableHead columns={['When', 'Who', 'What', 'Of', 'Project', 'From']} />
            <tbody>
              {entries.map((entry) => (
                <TableRow key={entry.entryId}>
                  <Cell className="text-muted">
                    <Time at={entry.at} />
                  </Cell>
                  <Cell>{entry.actor.email}</Cell>
                  <Cell className="whitespace-nowrap font-mono text-xs">{entry.action}</Cell>
                  <Cell className="min-w-40 break-all">{entry.target}</Cell>
                  <Cell className="text-muted">{entry.projectId && projectName(entry.projectId)}</Cell>
                  <Cell className="text-muted">{entry.ipAddress}</Cell>
                </TableRow>
              ))}
            </tbody>
          </Table>
        )}
        {audit.hasNextPage && (
          <div className="flex flex-col items-center gap-3 border-line border-t px-5 py-3">
            <ErrorText error={audit.error} />
            <Button
              look="secondary"
              size="sm"
              busy={audit.isFetchingNextPage}
              onClick={() => void audit.fetchNextPage()}
            >
              Show older ones
            </Button>
          </div>
        )}
      </Card>
    </>
  )
}
