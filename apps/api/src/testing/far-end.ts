/** The other servers, as the Worker meets them through `fetch`: each test file brings those it needs. */
import { vi } from 'vitest'

type Handler = (request: Request) => Promise<Response> | Response

const servers = new Map<string, Handler>()

/** Answers requests to this origin until {@link stopServing}. What nobody serves is unreachable. */
export function serve(origin: string, handler: Handler): void {
  servers.set(origin, handler)
}

export function stopServing(origin: string): void {
  servers.delete(origin)
}

/** Passes requests to this origin on to a server that really listens at another. */
export function serveFrom(origin: string, server: string): void {
  serve(origin, (request) => {
    const { pathname, search } = new URL(request.url)
    return throughNetwork(new Request(new URL(pathname + search, server), request))
  })
}

const throughNetwork = globalThis.fetch

// The Worker and its objects run in the isolate of the tests: this is the `fetch` that they call.
vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
  const request = new Request(input, init)
  const handler = servers.get(new URL(request.url).origin)
  if (!handler) throw new TypeError('connection refused')
  return handler(request)
})
