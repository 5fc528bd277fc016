import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'

/** Where a list has nothing: what would be here, and how it comes about (`children`, a button). */
export function EmptyState(props: {
  icon: LucideIcon
  title: string
  text: ReactNode
  children?: ReactNode
}) {
  const Icon = props.icon
  return (
    <div className="flex flex-col items-center px-6 py-14 text-center">
      <span className="grid size-11 place-items-center rounded-xl bg-raised text-muted">
        <Icon aria-hidden className="size-5" strokeWidth={1.75} />
      </span>
      <p className="mt-4 font-medium">{props.title}</p>
      <p className="mt-1 max-w-sm text-balance text-muted text-sm leading-relaxed">{props.text}</p>
      {props.children && <div className="mt-5 flex flex-wrap justify-center gap-2">{props.children}</div>}
    </div>
  )
}
