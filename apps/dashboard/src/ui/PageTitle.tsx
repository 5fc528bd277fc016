import { useLocation } from '@tanstack/react-router'
import { type ReactNode, useEffect, useRef } from 'react'

/**
 * The heading of a page, and its name in the browser's tab: `title` when the heading is more than text.
 * Takes the focus when another page appears: pages change without the browser's notice.
 */
export function PageTitle({
  children,
  title,
  className = '',
}: {
  children: ReactNode
  title?: string
  className?: string
}) {
  const heading = useRef<HTMLHeadingElement>(null)
  const path = useLocation({ select: ({ pathname }) => pathname })
  const tabName = title ?? (typeof children === 'string' ? children : null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another path is another page, though the heading may stay
  useEffect(() => {
    heading.current?.focus({ preventScroll: true })
  }, [path])
  return (
    <>
      <title>{tabName ? `${tabName} · Radist` : 'Radist'}</title>
      <h1 ref={heading} tabIndex={-1} className={className}>
        {children}
      </h1>
    </>
  )
}
