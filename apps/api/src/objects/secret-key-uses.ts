/**
 * When secret keys were last used, for the dashboard: written to D1 beside the requests that use them, none
 * of which waits for it. A write that fails, or dies with the object, makes the time older, no more.
 */
import type { ProjectFacts } from './project-facts.ts'

/** Each key's time is written at most this often, in milliseconds. */
const WRITE_INTERVAL_MS = 300_000

export class SecretKeyUses {
  readonly #database: D1Database
  /** By hash: those that this object has written, or tried to. */
  readonly #written = new Map<string, number>()

  constructor(database: D1Database) {
    this.#database = database
  }

  /** The write, if one is due; it never rejects. */
  note({ secretKeys }: ProjectFacts, hash: string, now: number): Promise<void> | null {
    const last = Math.max(secretKeys.get(hash) ?? 0, this.#written.get(hash) ?? 0)
    if (now - last < WRITE_INTERVAL_MS) return null
    this.#written.set(hash, now)
    return this.#write(hash, now)
  }

  async #write(hash: string, now: number): Promise<void> {
    try {
      // Not through Drizzle, whose errors quote the parameters.
      await this.#database
        .prepare(
          'UPDATE secret_keys SET last_used_at = ?1 WHERE hash = ?2 AND coalesce(last_used_at, 0) < ?1',
        )
        .bind(now, hash)
        .run()
    } catch (error) {
      console.warn(JSON.stringify({ message: 'last use of a key not written', error: String(error) }))
    }
  }
}
