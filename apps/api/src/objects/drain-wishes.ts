/** Which hosts an operator wants drained. A wish holds until it is taken back: over restarts of the host, and of this object. */
import { type HostId, hostIdSchema } from '@radist-tech/protocol'

export class DrainWishes {
  readonly #sql: SqlStorage
  readonly #wished: Set<HostId>

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql
    const isMade =
      this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'drain_wishes'").toArray().length > 0
    const rows = isMade
      ? this.#sql.exec<{ host_id: string }>('SELECT host_id FROM drain_wishes').toArray()
      : []
    this.#wished = new Set(rows.map((row) => hostIdSchema.parse(row.host_id)))
  }

  has(hostId: HostId): boolean {
    return this.#wished.has(hostId)
  }

  set(hostId: HostId, isAsked: boolean): void {
    if (isAsked === this.has(hostId)) return
    this.#sql.exec('CREATE TABLE IF NOT EXISTS drain_wishes (host_id TEXT PRIMARY KEY) WITHOUT ROWID')
    if (isAsked) {
      this.#sql.exec('INSERT OR IGNORE INTO drain_wishes VALUES (?)', hostId)
      this.#wished.add(hostId)
    } else {
      this.#sql.exec('DELETE FROM drain_wishes WHERE host_id = ?', hostId)
      this.#wished.delete(hostId)
    }
  }
}
