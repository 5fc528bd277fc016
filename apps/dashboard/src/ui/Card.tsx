import type { ReactNode } from 'react'

/** A part of a page, with an optional heading and what can be done with it (`actions`). */
export function Card(props: {
  title?: string
  text?: ReactNode
  actions?: ReactNode
  /** Content that brings its own edges, such as a table. */
  flush?: boolean
  className?: string
  children: ReactNode
}) {
  return (
    <section
      aria-label={props.title}
      className={`overflow-hidden rounded-xl border border-line bg-surface ${props.className ?? ''}`}
    >
      {props.title && (
        <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2 px-5 pt-4">
          <div className="min-w-0">
            <h2 className="font-semibold text-[0.95rem]">{props.title}</h2>
            {props.text && (
              <p className="mt-0.5 max-w-2xl text-muted text-sm leading-relaxed">{props.text}</p>
            )}
          </div>
          {props.actions && <div className="flex flex-wrap gap-2">{props.actions}</div>}
        </div>
      )}
      <div className={props.flush ? (props.title ? 'mt-4' : '') : 'px-5 py-4'}>{props.children}</div>
    </section>
  )
}
