import { useRouterState } from '@tanstack/react-router'
import { type ReactNode, useEffect, useRef } from 'react'

/** Of the first page the browser itself has told, and the keyboard begins above the heading. */
let isFirst = true

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
  // Not where one is going to: who is sent on at once has been nowhere in between.
  const path = useRouterState({ select: ({ resolvedLocation }) => resolvedLocation?.pathname })
  const tabName = title ?? (typeof children === 'string' ? children : null)
  useEffect(() => {
    if (path === undefined) return
    if (!isFirst) heading.current?.focus({ preventScroll: true })
    isFirst = false
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
