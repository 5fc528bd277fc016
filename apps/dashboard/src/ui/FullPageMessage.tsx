import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { Logo } from './Logo.tsx'
import { PageTitle } from './PageTitle.tsx'

/** A page that has one thing to say, and what can be done about it. */
export function FullPageMessage(props: {
  icon: LucideIcon
  title: string
  text: string
  children?: ReactNode
}) {
  const Icon = props.icon
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="px-5 py-4 sm:px-8">
        <Logo />
      </header>
      <main className="mx-auto flex w-full max-w-lg grow flex-col items-center justify-center px-5 pb-24 text-center">
        <span className="grid size-16 place-items-center rounded-2xl bg-accent-soft text-accent">
          <Icon aria-hidden className="size-8" strokeWidth={1.75} />
        </span>
        <PageTitle className="mt-6 font-semibold text-2xl tracking-tight sm:text-3xl">
          {props.title}
        </PageTitle>
        <p className="mt-3 text-balance text-muted leading-relaxed">{props.text}</p>
        {props.children && <div className="mt-8 flex flex-wrap justify-center gap-3">{props.children}</div>}
      </main>
    </div>
  )
}
