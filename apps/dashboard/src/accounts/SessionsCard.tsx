import { useMutation, useQuery } from '@tanstack/react-query'
import { endOtherSessions, endSession, listSessions, ownSessionId, type Session } from '../api/auth.ts'
import { queryClient } from '../api/query-client.ts'
import { wordsOf } from '../api/words.ts'
import { Badge } from '../ui/Badge.tsx'
import { Button } from '../ui/Button.tsx'
import { Card } from '../ui/Card.tsx'
import { ErrorState } from '../ui/ErrorState.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { Time } from '../ui/Time.tsx'
import { showToast } from '../ui/toast.ts'
import { browserName } from './user-agent.ts'

const queryKey = ['sessions']

const readSessions = async (signal: AbortSignal) => {
  const [sessions, ownId] = await Promise.all([listSessions(signal), ownSessionId(signal)])
  const own = (session: Session) => Number(session.id === ownId)
  return {
    ownId,
    // One's own first, then the newest.
    sessions: sessions.sort((a, b) => own(b) - own(a) || b.updatedAt.localeCompare(a.updatedAt)),
  }
}

/** Where one is signed in, and the way to end that. */
export function SessionsCard() {
  const query = useQuery({ queryKey, queryFn: ({ signal }) => readSessions(signal) })
  const changed = {
    onSuccess: () => queryClient.invalidateQueries({ queryKey }),
    onError: (error: Error) => showToast(wordsOf(error), 'failed'),
  }
  const end = useMutation({ mutationFn: ({ token }: Session) => endSession(token), ...changed })
  const endOthers = useMutation({ mutationFn: endOtherSessions, ...changed })
  const hasOthers = (query.data?.sessions.length ?? 0) > 1
  return (
    <Card
      title="Sessions"
      text="Browsers in which you are signed in. One that is ended is out at once."
      actions={
        hasOthers && (
          <Button look="secondary" size="sm" busy={endOthers.isPending} onClick={() => endOthers.mutate()}>
            End all others
          </Button>
        )
      }
      flush
    >
      {query.isPending && <SkeletonRows rows={2} />}
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.isSuccess && (
        <ul className="border-line border-t">
          {query.data.sessions.map((session) => (
            <li
              key={session.id}
              className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 border-line border-b px-5 py-3 last:border-b-0"
            >
              <div className="min-w-0 text-sm">
                <p className="flex items-center gap-2 font-medium">
                  {browserName(session.userAgent)}
                  {session.id === query.data.ownId && <Badge look="good">This one</Badge>}
                </p>
                <p className="mt-0.5 text-muted">
                  {session.ipAddress ? `${session.ipAddress}, since ` : 'Since '}
                  <Time at={session.createdAt} />
                </p>
              </div>
              {session.id !== query.data.ownId && (
                <Button
                  look="secondary"
                  size="sm"
                  aria-label={`End the session of ${browserName(session.userAgent)}`}
                  busy={end.isPending && end.variables === session}
                  onClick={() => end.mutate(session)}
                >
                  End
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}
