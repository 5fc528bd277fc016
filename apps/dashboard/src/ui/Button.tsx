import { createLink } from '@tanstack/react-router'
import { LoaderCircle } from 'lucide-react'
import type { AnchorHTMLAttributes, ButtonHTMLAttributes, Ref } from 'react'

type Look = 'primary' | 'secondary' | 'quiet' | 'danger'
type Size = 'sm' | 'md' | 'lg'

const base =
  'inline-flex shrink-0 items-center justify-center gap-2 whitespace-nowrap font-medium transition-colors disabled:cursor-not-allowed disabled:opacity-55 aria-disabled:opacity-55'

const sizes: Record<Size, string> = {
  sm: 'min-h-8 rounded-lg px-2.5 text-[0.8125rem]',
  md: 'min-h-10 rounded-lg px-4 text-sm',
  lg: 'min-h-11 rounded-xl px-5 py-2.5 text-[0.95rem]',
}

const looks: Record<Look, string> = {
  primary: 'bg-accent text-on-accent hover:bg-accent-strong',
  secondary: 'border border-line bg-surface text-ink hover:bg-raised',
  quiet: 'text-ink hover:bg-raised',
  danger: 'bg-danger text-on-danger hover:bg-danger-strong',
}

interface Dress {
  look?: Look
  size?: Size
}

/** `busy`: the action is under way; a second press does nothing. */
export function Button({
  look = 'primary',
  size = 'md',
  busy = false,
  disabled = false,
  className = '',
  children,
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & Dress & { busy?: boolean; ref?: Ref<HTMLButtonElement> }) {
  return (
    <button
      type="button"
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={`${base} ${sizes[size]} ${looks[look]} ${className}`}
      {...rest}
    >
      {busy && <LoaderCircle aria-hidden className="size-4 animate-spin" />}
      {children}
    </button>
  )
}

function AnchorButton({
  look = 'primary',
  size = 'md',
  className = '',
  ...rest
}: AnchorHTMLAttributes<HTMLAnchorElement> & Dress & { ref?: Ref<HTMLAnchorElement> }) {
  return <a className={`${base} ${sizes[size]} ${looks[look]} ${className}`} {...rest} />
}

/** A link within this site that looks like a button. */
export const LinkButton = createLink(AnchorButton)
