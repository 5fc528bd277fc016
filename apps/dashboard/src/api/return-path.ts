/** Where to go after signing in: the page that asked for it, if it is one of ours. */

/** Whatever follows, the browser must stay on this origin; any that will do, since only the path is used. */
const ORIGIN = 'https://page.invalid'

/**
 * The path, query and fragment of an address within this site; `/` for any other. Browsers read `//host`,
 * `/\host`, and both with tabs and newlines between, as addresses of other sites (WHATWG URL, 4.4), so the
 * same parser decides here.
 */
export function ownPath(address: unknown): string {
  if (typeof address !== 'string' || !address.startsWith('/')) return '/'
  const url = URL.parse(address, ORIGIN)
  if (url?.origin !== ORIGIN) return '/'
  const path = url.pathname + url.search + url.hash
  // `/.//host` is resolved to `//host`, which would be another site's the next time it is read.
  return path.startsWith('//') ? '/' : path
}
