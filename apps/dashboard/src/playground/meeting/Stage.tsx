import { UserPlus } from 'lucide-react'
import type { CSSProperties } from 'react'
import { useAccess } from '../access.ts'
import { Invite } from '../Invite.tsx'
import type { Place } from '../place.ts'
import type { MeetingView } from './meeting.ts'
import { PersonTile } from './PersonTile.tsx'
import { narrowGrid, wideGrid } from './tile-grid.ts'

/** Up to two people: the other one large, oneself in the corner. More: all the same size. */
export function Stage({ view, place }: { view: MeetingView; place: Place }) {
  const [only, ...more] = view.others
  if (only && more.length > 0) return <Grid view={view} />
  return (
    <div className="relative size-full min-h-0">
      {only ? <PersonTile key={only.id} person={only} /> : <Invitation place={place} />}
      <div className="absolute right-3 bottom-3 aspect-[3/4] w-24 rounded-2xl ring-2 ring-canvas sm:right-5 sm:bottom-5 sm:aspect-video sm:w-52">
        <PersonTile person={view.self} isSelf small />
      </div>
    </div>
  )
}

/** Tiles of one size, the last row in the middle. Sizes come from CSS variables, one pair per screen width. */
function Grid({ view }: { view: MeetingView }) {
  const count = view.others.length + 1
  const wide = wideGrid(count)
  const narrow = narrowGrid(count)
  const sizes: CSSProperties & Record<`--${string}`, number> = {
    '--narrow-columns': narrow.columns,
    '--narrow-rows': narrow.rows,
    '--wide-columns': wide.columns,
    '--wide-rows': wide.rows,
  }
  return (
    <ul aria-label="People" style={sizes} className="tile-grid size-full">
      {view.others.map((person) => (
        <li key={person.id}>
          <PersonTile person={person} />
        </li>
      ))}
      <li>
        <PersonTile person={view.self} isSelf />
      </li>
    </ul>
  )
}

function Invitation({ place }: { place: Place }) {
  const isGuest = useAccess().kind === 'guest'
  return (
    <div className="grid size-full place-items-center overflow-y-auto rounded-2xl border border-line border-dashed bg-surface p-5 pb-36 sm:rounded-3xl sm:pb-5">
      <div className="flex w-full max-w-md flex-col items-center text-center">
        <span className="grid size-14 place-items-center rounded-2xl bg-accent-soft text-accent">
          <UserPlus aria-hidden className="size-7" strokeWidth={1.75} />
        </span>
        <h2 className="mt-5 font-semibold text-xl tracking-tight">Nobody else is here</h2>
        <p className="mt-1.5 mb-6 text-muted">
          {isGuest
            ? 'Whoever invited you has not come yet, or has left for a moment.'
            : place.kind === 'call'
              ? 'Send the link to the person you want to talk to.'
              : 'Send a link to everyone who should come.'}
        </p>
        <Invite place={place} />
      </div>
    </div>
  )
}
