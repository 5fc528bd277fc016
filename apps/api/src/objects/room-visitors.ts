/** Who may come to a room with a public key, as its project says. */
import { accessRefusal, isGoodKey, type Visitor } from '../domain/project-access.ts'
import type { Env } from '../env.ts'
import { BELIEVED_MS, KnownAccess } from './known-access.ts'
import type { RoomRecord } from './room-record.ts'

export class RoomVisitors {
  readonly #record: RoomRecord
  readonly #env: Env
  #access: KnownAccess | null = null

  constructor(record: RoomRecord, env: Env) {
    this.#record = record
    this.#env = env
  }

  /** Of somebody who asks where the room is: the project is asked each time. */
  async refusalOf(visitor: Visitor): Promise<'invalid_public_key' | 'origin_not_allowed' | null> {
    const access = await this.#known()?.of(visitor.key, 0)
    return access ? accessRefusal(access, visitor, Date.now()) : 'invalid_public_key'
  }

  /** Those of the keys with which one may join. */
  async goodKeys(keys: ReadonlySet<string>): Promise<ReadonlySet<string>> {
    const good = await Promise.all(
      [...keys].map(async (key) => {
        const access = await this.#known()?.of(key, BELIEVED_MS)
        return access && isGoodKey(access.publicKeys, key, Date.now()) ? [key] : []
      }),
    )
    return new Set(good.flat())
  }

  /** With which a host lets participants come back without asking. */
  get publicKeys(): string[] {
    return (this.#known()?.last.publicKeys ?? []).map(({ key }) => key)
  }

  #known(): KnownAccess | null {
    const stored = this.#record.stored
    if (!stored) return null
    const { projectId, access } = stored.origin
    const ask = (key: string) => this.#env.PROJECT.getByName(projectId).access(projectId, key)
    this.#access ??= new KnownAccess(ask, access, stored.room.createdAt)
    return this.#access
  }
}
