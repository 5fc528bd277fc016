/** The address bar as React state: enough of a router for pages that are told apart by their path. */
import { type AnchorHTMLAttributes, type MouseEvent, useSyncExternalStore } from 'react'

const listeners = new Set<() => void>()

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  window.addEventListener('popstate', listener)
  return () => {
    listeners.delete(listener)
    window.removeEventListener('popstate', listener)
  }
}

/** The path of the page that is shown. */
export const usePath = (): string => useSyncExternalStore(subscribe, () => window.location.pathname)

/** Shows another page of this site. */
export function navigate(path: string): void {
  window.history.pushState(null, '', path)
  window.scrollTo(0, 0)
  for (const listener of [...listeners]) listener()
}

/** A link within this site; a new tab and the like are left to the browser. */
export function Link({ href, onClick, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string }) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event)
    const modified = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey
    if (event.defaultPrevented || event.button !== 0 || modified) return
    event.preventDefault()
    navigate(href)
  }
  return <a href={href} onClick={follow} {...rest} />
}
