import type { ReactNode } from 'react'
import { Logo } from '../ui/Logo.tsx'
import { PageTitle } from '../ui/PageTitle.tsx'

/** The frame of pages before one is signed in: one thing to do, in the middle. */
export function AccountFrame(props: {
  title: string
  text?: ReactNode
  children: ReactNode
  after?: ReactNode
}) {
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="px-5 py-4 sm:px-8">
        <Logo />
      </header>
      <main className="flex grow flex-col items-center px-4 pt-[6vh] pb-20">
        <div className="w-full max-w-100">
          <div className="rounded-2xl border border-line bg-surface p-6 shadow-card sm:p-8">
            <PageTitle className="text-balance font-semibold text-[1.375rem] tracking-tight">
              {props.title}
            </PageTitle>
            {props.text && <p className="mt-1.5 text-muted text-sm leading-relaxed">{props.text}</p>}
            <div className="mt-6">{props.children}</div>
          </div>
          {props.after && <p className="mt-5 text-center text-muted text-sm">{props.after}</p>}
        </div>
      </main>
      <footer className="px-5 py-4 text-center text-muted text-sm sm:px-8">
        {/* Served by the Worker, as a page of its own. */}
        <a href="/docs/api" className="underline-offset-4 hover:text-ink hover:underline">
          API reference
        </a>
      </footer>
    </div>
  )
}
