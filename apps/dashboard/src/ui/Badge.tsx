import type { ReactNode } from 'react'

export type BadgeLook = 'neutral' | 'good' | 'warning' | 'danger'

const looks: Record<BadgeLook, string> = {
  neutral: 'bg-raised text-muted',
  good: 'bg-accent-soft text-accent-strong',
  warning: 'bg-warning-soft text-warning',
  danger: 'bg-danger-soft text-danger',
}

/** A state in a word or two. */
export function Badge({ look = 'neutral', children }: { look?: BadgeLook; children: ReactNode }) {
  return (
    <span
      className={`inline-flex items-center gap-1.5 whitespace-nowrap rounded-full px-2 py-0.5 font-medium text-xs ${looks[look]}`}
    >
      {children}
    </span>
  )
}
