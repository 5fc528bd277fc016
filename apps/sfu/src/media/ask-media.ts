/** Requests to a media worker, within a time limit. */
import { RequestRefused } from '../room/request-refused.ts'

/** An overloaded worker answers late, a stopped one never; nobody waits longer than this. */
export const MEDIA_TIMEOUT_MS = 10_000

/**
 * Asks a media worker for something.
 * @param discard ends what the worker made after nobody waited for it any more
 * @throws {RequestRefused} `rejected-by-media` when the worker refuses or is too late
 */
export async function askMedia<T>(request: Promise<T>, discard?: (late: T) => void): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    late.reject(new Error('The media worker did not answer in time.'))
    request.then(discard, () => undefined)
  }, MEDIA_TIMEOUT_MS)
  try {
    return await Promise.race([request, late.promise])
  } catch (error) {
    throw new RequestRefused('rejected-by-media', error instanceof Error ? error.message : 'Refused.')
  } finally {
    clearTimeout(timer)
  }
}
