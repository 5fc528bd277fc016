import { dateTime, timeAgo } from './format.ts'

/** A moment, as date and time; `ago`: by how long ago it was, with the date for who points at it. */
export function Time({ at, ago = false }: { at: string; ago?: boolean }) {
  return (
    <time dateTime={at} title={dateTime(at)} className="whitespace-nowrap">
      {ago ? timeAgo(at, Date.now()) : dateTime(at)}
    </time>
  )
}
