import { Link, type LinkProps } from '@tanstack/react-router'

/** The mark and the name; leads to the entry page. */
export function Logo({ compact = false, to = '/' }: { compact?: boolean; to?: LinkProps['to'] }) {
  return (
    <Link
      to={to}
      aria-label="Radist, to the start page"
      className="inline-flex items-center gap-2.5 rounded-lg font-semibold text-lg tracking-tight"
    >
      <svg viewBox="0 0 32 32" className="size-8 shrink-0" aria-hidden="true">
        <rect width="32" height="32" rx="9" className="fill-accent" />
        <g fill="none" strokeWidth="2.6" strokeLinecap="round" className="stroke-on-accent">
          <path d="M9 23A14 14 0 0 1 23 9" />
          <path d="M15.5 23A7.5 7.5 0 0 1 23 15.5" />
        </g>
        <circle cx="22.4" cy="22.4" r="2.6" className="fill-on-accent" />
      </svg>
      <span className={compact ? 'hidden sm:inline' : ''}>Radist</span>
    </Link>
  )
}
