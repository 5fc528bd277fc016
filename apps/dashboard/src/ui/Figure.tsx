import type { ReactNode } from 'react'
import { Skeleton } from './Skeleton.tsx'

/** A number that stands for itself, with what it is of, and a line about it. Null: it is not known yet. */
export function Figure(props: {
  name: string
  value: string | null
  note?: ReactNode
  children?: ReactNode
}) {
  return (
    <div className="min-w-0 rounded-xl border border-line bg-surface px-5 py-4">
      <p className="text-muted text-sm">{props.name}</p>
      {props.value === null ? (
        <Skeleton className="mt-2 mb-1 h-7 w-24" />
      ) : (
        <p className="mt-1 break-words font-semibold text-2xl tabular-nums tracking-tight">{props.value}</p>
      )}
      {props.note && <p className="mt-1 text-muted text-xs leading-relaxed">{props.note}</p>}
      {props.children}
    </div>
  )
}
