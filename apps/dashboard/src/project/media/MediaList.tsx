import { projectLiveFrameSchema } from '@radist-tech/protocol/dashboard'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { answerTo, outdated } from '../../api/dashboard.ts'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { count, duration } from '../../ui/format.ts'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { Pagination } from '../../ui/Pagination.tsx'
import { SkeletonRows } from '../../ui/Skeleton.tsx'
import { Cell, Table, TableHead, TableRow } from '../../ui/Table.tsx'
import { Time } from '../../ui/Time.tsx'
import { LiveBadge } from '../live/LiveBadge.tsx'
import { fallBack, useLive } from '../live/use-live.ts'
import { useNow } from '../live/use-now.ts'
import { callList, type MediaKind, type MediaRow, mediaWords, roomList } from './kinds.ts'
import { ListFilters } from './ListFilters.tsx'
import { isNarrowed, type ListSearch } from './list-search.ts'
import { reasonWords } from './reasons.ts'
import { StateBadge } from './StateBadge.tsx'

const LIMIT = 20
const lists = { call: callList, room: roomList }

/** The list of a project's calls or rooms, kept as it is now. `link` leads to the page of one. */
export function MediaList(props: {
  kind: MediaKind
  projectId: string
  text: string
  search: ListSearch
  onSearch: (search: ListSearch) => void
  link: (id: string, content: ReactNode) => ReactNode
  /** What to do where there are none yet. */
  start: ReactNode
}) {
  const { kind, projectId, search, onSearch } = props
  const words = mediaWords[kind]
  const path = `/projects/${projectId}/${words.path}`
  const { page = 1, state, id, day } = search
  const again = () => void outdated(path)
  const live = useLive(
    `/projects/${projectId}/live`,
    projectLiveFrameSchema,
    (frame) => frame.type === 'changed' && frame.kind === kind && again(),
    again,
  )
  const list = useQuery({
    ...answerTo(path, lists[kind], { page, limit: LIMIT, state, id, day }),
    refetchInterval: fallBack(live),
  })
  const rows = list.data?.rows ?? []
  const now = useNow(rows.some(({ endedAt }) => endedAt === null))
  return (
    <>
      <PageHeader title={words.title} text={props.text}>
        <LiveBadge state={live} />
      </PageHeader>
      <ListFilters kind={kind} search={search} onSearch={onSearch} />
      <Card flush>
        {list.isPending && <SkeletonRows rows={6} />}
        {list.isError && !list.data && <ErrorState error={list.error} onRetry={() => void list.refetch()} />}
        {list.data && rows.length === 0 && (
          <Nothing {...props} narrowed={isNarrowed(search)} beyond={list.data.total > 0} />
        )}
        {rows.length > 0 && (
          <Table label={words.title}>
            <TableHead
              columns={['State', 'Id', 'Began', 'Duration', { right: words.people }, 'Ended because']}
            />
            <tbody className={list.isPlaceholderData ? 'opacity-60' : ''}>
              {rows.map((row) => (
                <Row key={row.id} row={row} now={now} link={props.link} />
              ))}
            </tbody>
          </Table>
        )}
        {list.data && list.data.total > list.data.limit && rows.length > 0 && (
          <Pagination {...list.data} onPage={(next) => onSearch({ ...search, page: next })} />
        )}
      </Card>
    </>
  )
}

function Row({
  row,
  now,
  link,
}: {
  row: MediaRow
  now: number
  link: (id: string, c: ReactNode) => ReactNode
}) {
  const { id, createdAt, endedAt, people, endedReason } = row
  const until = endedAt === null ? now : Date.parse(endedAt)
  return (
    <TableRow>
      <Cell>
        <StateBadge open={endedAt === null} />
      </Cell>
      <Cell className="whitespace-nowrap font-mono text-xs">
        {link(
          id,
          <>
            <span className="sm:hidden">{id.slice(0, 8)}…</span>
            <span className="hidden sm:inline">{id}</span>
          </>,
        )}
      </Cell>
      <Cell className="text-muted">
        <Time at={createdAt} />
      </Cell>
      <Cell className="whitespace-nowrap">{duration(Math.max(0, until - Date.parse(createdAt)) / 1000)}</Cell>
      <Cell className="text-right">{people === null ? <NotYet /> : count(people)}</Cell>
      <Cell className="whitespace-nowrap text-muted">{endedReason && reasonWords(endedReason)}</Cell>
    </TableRow>
  )
}

const NotYet = () => (
  <span className="text-muted">
    <span aria-hidden>–</span>
    <span className="sr-only">Counted at its end</span>
  </span>
)

function Nothing(props: {
  kind: MediaKind
  narrowed: boolean
  beyond: boolean
  onSearch: (search: ListSearch) => void
  start: ReactNode
}) {
  const { icon, many } = mediaWords[props.kind]
  if (props.narrowed || props.beyond)
    return (
      <EmptyState icon={icon} title={`No ${many} here`} text={`There are ${many}, but none that fit.`}>
        <Button look="secondary" onClick={() => props.onSearch({})}>
          Show all {many}
        </Button>
      </EmptyState>
    )
  return (
    <EmptyState
      icon={icon}
      title={`No ${many} yet`}
      text={`As soon as your backend creates one, it appears here. Or try it out in the playground.`}
    >
      {props.start}
    </EmptyState>
  )
}
