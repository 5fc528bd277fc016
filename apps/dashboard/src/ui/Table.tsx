import type { ReactNode } from 'react'

/** A table that scrolls sideways within itself where it is too wide. `label` names it for screen readers. */
export function Table({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways, which the keyboard must reach
    <section aria-label={label} tabIndex={0} className="relative overflow-x-auto outline-offset-[-2px]">
      <table className="w-full border-collapse text-left text-sm tabular-nums">
        <caption className="sr-only">{label}</caption>
        {children}
      </table>
    </section>
  )
}

/** The heading row; a column without words, such as that of the buttons, is given with `hidden`. */
export function TableHead({
  columns,
}: {
  columns: readonly (string | { hidden: string } | { right: string })[]
}) {
  return (
    <thead className="border-line border-b bg-raised/50 text-muted text-xs">
      <tr>
        {columns.map((column) => {
          const name = typeof column === 'string' ? column : 'hidden' in column ? column.hidden : column.right
          return (
            <th
              key={name}
              scope="col"
              className={`whitespace-nowrap px-5 py-2.5 font-medium ${typeof column === 'object' && 'right' in column ? 'text-right' : ''}`}
            >
              {typeof column === 'object' && 'hidden' in column ? (
                <span className="sr-only">{name}</span>
              ) : (
                name
              )}
            </th>
          )
        })}
      </tr>
    </thead>
  )
}

export function TableRow({ children }: { children: ReactNode }) {
  return <tr className="border-line border-b last:border-b-0 hover:bg-raised/40">{children}</tr>
}

export function Cell({ className = '', children }: { className?: string; children?: ReactNode }) {
  return <td className={`px-5 py-3 ${className}`}>{children}</td>
}
