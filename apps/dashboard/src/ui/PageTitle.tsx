import { type ReactNode, useEffect, useRef } from 'react'

/** The heading of a page. Takes the focus when it appears: pages change without the browser's notice. */
export function PageTitle({ children, className = '' }: { children: ReactNode; className?: string }) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    heading.current?.focus({ preventScroll: true })
  }, [])
  return (
    <h1 ref={heading} tabIndex={-1} className={className}>
      {children}
    </h1>
  )
}
