import type { UseQueryResult } from '@tanstack/react-query'
import { ChevronLeft } from 'lucide-react'
import type { ReactNode } from 'react'
import { Card } from '../../ui/Card.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { PageTitle } from '../../ui/PageTitle.tsx'
import { SkeletonRows } from '../../ui/Skeleton.tsx'
import { TextLink } from '../../ui/TextLink.tsx'
import { LiveBadge } from '../live/LiveBadge.tsx'
import type { LiveState } from '../live/live-socket.ts'
import { type MediaKind, mediaWords } from './kinds.ts'

const names = { call: 'Call', room: 'Room' } as const

/** The frame of the page of one call or room: what it is, and what can be done with it. */
export function MediaDetails(props: {
  kind: MediaKind
  projectId: string
  id: string
  query: UseQueryResult<unknown>
  /** Null when it is over: nothing changes any more. */
  live: LiveState | null
  actions: ReactNode
  children: ReactNode
}) {
  const { kind, projectId, id, query } = props
  return (
    <>
      <p className="mb-2 text-sm">
        <TextLink
          to={kind === 'call' ? '/projects/$projectId/calls' : '/projects/$projectId/rooms'}
          params={{ projectId }}
          className="inline-flex items-center gap-1"
        >
          <ChevronLeft aria-hidden className="size-4" /> {mediaWords[kind].title}
        </TextLink>
      </p>
      <div className="mb-6 flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <PageTitle className="font-semibold text-2xl tracking-tight">{names[kind]}</PageTitle>
          <div className="flex flex-wrap items-center">
            <span className="break-all font-mono text-muted text-sm">{id}</span>
            <CopyButton
              text={id}
              label="Copy id"
              className="-ml-3 text-muted sm:ml-0 hover:bg-raised hover:text-ink"
            />
          </div>
        </div>
        <div className="flex flex-wrap items-center gap-2">
          {props.live && <LiveBadge state={props.live} />}
          {query.data !== undefined && props.actions}
        </div>
      </div>
      {query.data === undefined && (
        <Card flush>
          {query.isError ? (
            <ErrorState error={query.error} onRetry={() => void query.refetch()} />
          ) : (
            <SkeletonRows rows={6} />
          )}
        </Card>
      )}
      <div className="flex flex-col gap-6">{props.children}</div>
    </>
  )
}
