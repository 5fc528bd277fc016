import type { ConnectionQuality } from '@radist-tech/client'
import { MicOff, SignalHigh, SignalLow, SignalMedium, SignalZero, Unplug } from 'lucide-react'
import { Avatar } from './Avatar.tsx'
import type { Person } from './meeting.ts'
import { StreamVideo } from './StreamVideo.tsx'

/** One person: the picture or initials, the name, and what there is to know. */
export function PersonTile({
  person,
  isSelf = false,
  small = false,
}: {
  person: Person
  isSelf?: boolean
  small?: boolean
}) {
  const showsPicture = person.camera === 'live' && person.stream !== null
  const name = isSelf ? 'You' : person.name
  return (
    <figure
      data-testid={isSelf ? 'self-tile' : 'person-tile'}
      data-speaking={person.speaking}
      className={`relative isolate size-full min-h-0 overflow-hidden bg-stage text-white ring-inset ${
        small ? 'rounded-2xl shadow-card' : 'rounded-2xl sm:rounded-3xl'
      }`}
    >
      {person.stream && (
        <StreamVideo
          stream={person.stream}
          muted={isSelf}
          mirrored={isSelf}
          hidden={!showsPicture}
          testId={isSelf ? 'local-video' : 'remote-video'}
          onShown={person.onShown}
          label={isSelf ? 'Your camera' : `Video of ${person.name}`}
        />
      )}
      {!showsPicture && (
        <div className="absolute inset-0 grid place-items-center">
          <Avatar name={person.name} small={small} />
        </div>
      )}
      {person.away && (
        <div className="absolute inset-0 grid place-items-center bg-black/55">
          <span className="inline-flex items-center gap-2 rounded-full bg-black/60 px-4 py-2 text-sm">
            <Unplug aria-hidden className="size-4" /> Connection lost, waiting
          </span>
        </div>
      )}
      <figcaption className="absolute bottom-2 left-2 inline-flex max-w-[calc(100%-1rem)] items-center gap-1.5 rounded-full bg-black/55 px-3 py-1 text-sm backdrop-blur-sm sm:bottom-3 sm:left-3">
        {person.microphone !== 'live' && (
          <MicOff aria-label="Muted" className="size-3.5 shrink-0 text-[#ffb3b0]" data-testid="muted-badge" />
        )}
        {person.quality && <QualityBadge quality={person.quality} />}
        <span className="truncate">{name}</span>
        {person.speaking && <span className="sr-only">is speaking</span>}
      </figcaption>
      <span
        aria-hidden
        className={`pointer-events-none absolute inset-0 rounded-[inherit] ring-[3px] ring-[#35c3a5] ring-inset transition-opacity ${
          person.speaking ? 'opacity-100' : 'opacity-0'
        }`}
      />
    </figure>
  )
}

const badges = {
  excellent: { icon: SignalHigh, words: 'Excellent connection' },
  good: { icon: SignalMedium, words: 'Good connection' },
  poor: { icon: SignalLow, words: 'Poor connection' },
  lost: { icon: SignalZero, words: 'Connection lost' },
} as const

function QualityBadge({ quality }: { quality: ConnectionQuality }) {
  const { icon: Icon, words } = badges[quality]
  return (
    <Icon
      aria-label={words}
      data-testid="quality-badge"
      data-quality={quality}
      className={`size-3.5 shrink-0 ${quality === 'poor' || quality === 'lost' ? 'text-[#ffb3b0]' : ''}`}
    />
  )
}
