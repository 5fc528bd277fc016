import type { AnchorHTMLAttributes, ButtonHTMLAttributes } from 'react'
import { Link } from '../navigation.tsx'

type Look = 'primary' | 'secondary' | 'quiet' | 'danger'

const base =
  'inline-flex min-h-11 items-center justify-center gap-2 rounded-xl px-5 py-2.5 font-medium text-[0.95rem] transition-colors disabled:opacity-55 disabled:cursor-not-allowed'

const looks: Record<Look, string> = {
  primary: 'bg-accent text-on-accent hover:bg-accent-strong',
  secondary: 'border border-line bg-surface text-ink hover:bg-raised',
  quiet: 'text-ink hover:bg-raised',
  danger: 'bg-danger text-white hover:bg-danger-strong dark:text-black',
}

export function Button({
  look = 'primary',
  className = '',
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & { look?: Look }) {
  return <button type="button" className={`${base} ${looks[look]} ${className}`} {...rest} />
}

/** A link that looks like a button. */
export function LinkButton({
  look = 'primary',
  className = '',
  ...rest
}: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string; look?: Look }) {
  return <Link className={`${base} ${looks[look]} ${className}`} {...rest} />
}
