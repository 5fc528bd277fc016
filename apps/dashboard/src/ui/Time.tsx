import { dateTime, timeAgo } from './format.ts'

/**
 * A moment, as date and time; `ago`: by how long ago it was, with the date for who points at it; `shown`: in
 * another form.
 */
export function Time({ at, ago = false, shown }: { at: string; ago?: boolean; shown?: string }) {
  return (
    <time dateTime={at} title={dateTime(at)} className="whitespace-nowrap">
      {shown ?? (ago ? timeAgo(at, Date.now()) : dateTime(at))}
    </time>
  )
}
