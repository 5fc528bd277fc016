import { ArrowRight, Gauge, type LucideIcon, ShieldCheck, UsersRound, Video } from 'lucide-react'
import { LinkButton } from '../ui/Button.tsx'
import { Logo } from '../ui/Logo.tsx'
import { PageTitle } from '../ui/PageTitle.tsx'
import { QuickStart } from './QuickStart.tsx'

const features: readonly { icon: LucideIcon; title: string; text: string }[] = [
  {
    icon: Video,
    title: 'Calls, peer to peer',
    text: 'Two people, connected directly and encrypted between them. A dropped network is picked up again without anyone redialling.',
  },
  {
    icon: UsersRound,
    title: 'Rooms for many',
    text: 'More than two people go through a media server that sends each the picture their line can carry.',
  },
  {
    icon: Gauge,
    title: 'Billed to the second',
    text: 'Rooms are metered in the seconds each person was connected. Never rounded up, never counted twice.',
  },
  {
    icon: ShieldCheck,
    title: 'Tokens that work once',
    text: 'Your backend decides who may join. A token lets one person in, one time, and expires by itself.',
  },
]

export default function HomePage() {
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="mx-auto flex w-full max-w-6xl items-center justify-between px-5 py-5 sm:px-8">
        <Logo />
        <nav aria-label="Main" className="flex items-center gap-5">
          {/* A page of its own, which the Worker answers. */}
          <a href="/docs/api" className="font-medium text-[0.95rem] hover:underline">
            API reference
          </a>
          <LinkButton href="/playground" look="quiet">
            Playground
          </LinkButton>
        </nav>
      </header>
      <main className="mx-auto w-full max-w-6xl grow px-5 sm:px-8">
        <section className="grid items-center gap-12 py-12 lg:grid-cols-[1fr_1.05fr] lg:py-20">
          <div>
            <PageTitle className="text-balance font-semibold text-4xl leading-[1.08] tracking-tight sm:text-5xl">
              Video calls in your product, from one API
            </PageTitle>
            <p className="mt-5 max-w-xl text-lg text-muted leading-relaxed">
              Create a call on your backend, hand a token to each person, and connect from the browser in ten
              lines. Voice, video and data, for two people or a whole room.
            </p>
            <div className="mt-8 flex flex-wrap gap-3">
              <LinkButton href="/playground">
                Try it in the playground <ArrowRight aria-hidden className="size-4" />
              </LinkButton>
              <a
                href="#quick-start"
                className="inline-flex min-h-11 items-center rounded-xl border border-line bg-surface px-5 py-2.5 font-medium text-[0.95rem] transition-colors hover:bg-raised lg:hidden"
              >
                Quick start
              </a>
            </div>
          </div>
          <div id="quick-start" className="min-w-0">
            <h2 className="mb-3 font-medium text-muted text-sm">Quick start: a first call</h2>
            <QuickStart />
          </div>
        </section>
        <section aria-label="What Radist does" className="border-line border-t py-12 lg:py-16">
          <ul className="grid gap-x-10 gap-y-9 sm:grid-cols-2 lg:grid-cols-4">
            {features.map(({ icon: Icon, title, text }) => (
              <li key={title}>
                <Icon aria-hidden className="size-6 text-accent" strokeWidth={1.75} />
                <h3 className="mt-3 font-semibold">{title}</h3>
                <p className="mt-1.5 text-muted text-sm leading-relaxed">{text}</p>
              </li>
            ))}
          </ul>
        </section>
      </main>
    </div>
  )
}
