/**
 * What a call or room knows of its project: the keys, origins and servers of today. It asks the Project
 * object when somebody comes and what it knows is older than {@link BELIEVED_MS}, so that a join that
 * follows its call's creation costs nothing. Kept in memory beside what the call or room was made with,
 * which counts again while the Project object cannot be asked.
 */
import { isGoodKey, type ProjectAccess } from '../domain/project-access.ts'

/** How long joining goes on with a key that was revoked, or from an origin that was taken off the list. */
export const BELIEVED_MS = 5000
/** A project that does not answer in time keeps nobody from a call that knows the key. */
const PATIENCE_MS = 1000

type Ask = (key: string) => Promise<ProjectAccess | null>

export class KnownAccess {
  readonly #ask: Ask
  #access: ProjectAccess
  #readAt: number
  /** By key: those who come at once share an answer. */
  readonly #asking = new Map<string, Promise<ProjectAccess>>()

  /**
   * @param ask what the Project object says now, having looked for this key where it was made just now
   * @param readAt when `access` was true, in milliseconds since 1970
   */
  constructor(ask: Ask, access: ProjectAccess, readAt: number) {
    this.#ask = ask
    this.#access = access
    this.#readAt = readAt
  }

  /** Without asking. */
  get last(): ProjectAccess {
    return this.#access
  }

  /**
   * For somebody who comes with this key, not older than `maxAgeMs`.
   * @throws when the project does not answer, and the key is not known to be good
   */
  async of(key: string, maxAgeMs: number): Promise<ProjectAccess> {
    const isFresh = Date.now() - this.#readAt < maxAgeMs
    if (isFresh && this.#knows(key)) return this.#access
    const asking = this.#asking.get(key) ?? this.#read(key).finally(() => this.#asking.delete(key))
    this.#asking.set(key, asking)
    return asking
  }

  async #read(key: string): Promise<ProjectAccess> {
    const askedAt = Date.now()
    try {
      const answer = this.#ask(key)
      const access = await (this.#knows(key) ? Promise.race([answer, tooLate()]) : answer)
      // An answer that was overtaken says what was true before.
      if (access && askedAt >= this.#readAt) {
        this.#access = access
        this.#readAt = askedAt
      }
      return access ?? this.#access
    } catch (error) {
      if (!this.#knows(key)) throw error
      console.warn(JSON.stringify({ message: 'project did not answer', error: String(error) }))
      return this.#access
    }
  }

  #knows(key: string): boolean {
    return isGoodKey(this.#access.publicKeys, key, Date.now())
  }
}

async function tooLate(): Promise<never> {
  await scheduler.wait(PATIENCE_MS)
  throw new Error('no answer in time')
}
