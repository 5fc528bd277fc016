import { type MeetingStatus, statusWords } from './meeting-status.ts'

const dots: Readonly<Record<MeetingStatus, string>> = {
  connecting: 'bg-warning animate-pulse',
  waiting: 'bg-muted',
  connected: 'bg-accent',
  reconnecting: 'bg-warning animate-pulse',
  disconnected: 'bg-danger',
  ended: 'bg-muted',
}

/** How the connection is, in a word. `data-state` has it for programs. */
export function ConnectionState({ status }: { status: MeetingStatus }) {
  return (
    <span
      role="status"
      data-testid="connection-state"
      data-state={status}
      className="inline-flex items-center gap-2 whitespace-nowrap rounded-full border border-line bg-surface px-3 py-1.5 text-sm"
    >
      <span aria-hidden className={`size-2 rounded-full ${dots[status]}`} />
      {statusWords[status]}
    </span>
  )
}
