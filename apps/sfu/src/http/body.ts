/** Request bodies of uWebSockets.js. */
import type { HttpResponse } from 'uWebSockets.js'

export type ReadBody = { is: 'whole'; bytes: Uint8Array } | { is: 'too-large' } | { is: 'aborted' }

/**
 * Reads a body of at most `limit` bytes. `aborted` tells, also after the body was read, that nobody
 * waits for the answer any more: the response must not be touched then.
 */
export function readBody(
  response: HttpResponse,
  limit: number,
): { body: Promise<ReadBody>; aborted: () => boolean } {
  const { promise, resolve } = Promise.withResolvers<ReadBody>()
  const chunks: Uint8Array[] = []
  let size = 0
  let aborted = false
  response.onAborted(() => {
    aborted = true
    resolve({ is: 'aborted' })
  })
  response.onData((chunk, isLast) => {
    size += chunk.byteLength
    if (size > limit) return resolve({ is: 'too-large' })
    // The chunk's memory is uWebSockets.js' own and gone after this call.
    chunks.push(new Uint8Array(chunk.slice(0)))
    if (isLast) resolve({ is: 'whole', bytes: Buffer.concat(chunks) })
  })
  return { body: promise, aborted: () => aborted }
}
