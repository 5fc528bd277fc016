import { LoaderCircle, UsersRound, Video } from 'lucide-react'
import type { Place } from './place.ts'

const kinds = {
  call: {
    icon: Video,
    title: 'Start a call',
    text: 'For two people. Audio, video and messages go directly between your browsers.',
  },
  room: {
    icon: UsersRound,
    title: 'Start a room',
    text: 'For more than two. Everything goes through a media server that serves each by their line.',
  },
} as const

/** Starts a call and starts a room. `starting`: which one is under way. */
export function StartCards(props: {
  starting: Place['kind'] | null
  disabled?: boolean
  onStart: (kind: Place['kind']) => void
}) {
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      {(['call', 'room'] as const).map((kind) => (
        <StartCard
          key={kind}
          kind={kind}
          busy={props.starting === kind}
          disabled={props.disabled === true || props.starting !== null}
          onStart={() => props.onStart(kind)}
        />
      ))}
    </div>
  )
}

function StartCard(props: { kind: Place['kind']; busy: boolean; disabled: boolean; onStart: () => void }) {
  const { icon, title, text } = kinds[props.kind]
  const Icon = props.busy ? LoaderCircle : icon
  return (
    <button
      type="button"
      data-testid={`start-${props.kind}`}
      onClick={props.onStart}
      disabled={props.disabled}
      className="group flex flex-col items-start rounded-2xl border border-line bg-surface p-6 text-left shadow-card transition hover:border-accent disabled:cursor-progress disabled:opacity-70"
    >
      <span className="grid size-12 place-items-center rounded-xl bg-accent-soft text-accent transition-colors group-hover:bg-accent group-hover:text-on-accent">
        <Icon aria-hidden className={`size-6 ${props.busy ? 'animate-spin' : ''}`} strokeWidth={1.75} />
      </span>
      <span className="mt-5 font-semibold text-lg">{title}</span>
      <span className="mt-1.5 text-muted leading-relaxed">{text}</span>
    </button>
  )
}
