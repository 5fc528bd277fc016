import type { ReactNode } from 'react'

/** What is known of a thing: names and values, beside each other where there is room. */
export function Facts({ facts }: { facts: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className="grid grid-cols-2 gap-x-6 gap-y-4 sm:grid-cols-4">
      {facts.map(([name, value]) => (
        <div key={name} className="min-w-0">
          <dt className="text-muted text-xs">{name}</dt>
          <dd className="mt-1 break-words text-sm tabular-nums">{value}</dd>
        </div>
      ))}
    </dl>
  )
}
