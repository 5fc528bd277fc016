import type { ReactNode } from 'react'
import { PageTitle } from './PageTitle.tsx'

/** The top of a page in the shell: its name, a line about it, and what can be done (`children`, buttons). */
export function PageHeader(props: { title: string; text?: ReactNode; children?: ReactNode }) {
  return (
    <div className="mb-6 flex flex-wrap items-start justify-between gap-x-6 gap-y-4">
      <div className="min-w-0 grow basis-72">
        <PageTitle className="break-words font-semibold text-2xl tracking-tight">{props.title}</PageTitle>
        {props.text && <p className="mt-1 max-w-2xl text-muted text-sm leading-relaxed">{props.text}</p>}
      </div>
      {props.children && <div className="flex flex-wrap gap-2">{props.children}</div>}
    </div>
  )
}
