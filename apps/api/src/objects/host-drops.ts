/** Hosts that may hold a room at an epoch at which they must not, until each has been told. */
import { type HostId, hostIdSchema, type RoomId } from '@radist-tech/protocol'
import type { DropReason } from '../domain/room.ts'
import type { Env } from '../env.ts'
import { closeRoomOnHost } from '../host-requests.ts'

/**
 * With the back-off of `domain/backoff.ts` about an hour: a host that is gone for longer learns from
 * the refusal of its next request that the room has moved.
 */
const MAX_FAILURES = 20

export interface HostDrop {
  host: { hostId: HostId; controlUrl: string }
  epoch: number
  reason: DropReason
}

type DropRow = { host_id: string; control_url: string; epoch: number; reason: DropReason; failures: number }

export class HostDrops {
  readonly #sql: SqlStorage

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql
  }

  createTable(): void {
    this.#sql.exec(`
      CREATE TABLE host_drops (
        epoch INTEGER PRIMARY KEY,
        host_id TEXT NOT NULL,
        control_url TEXT NOT NULL,
        reason TEXT NOT NULL,
        failures INTEGER NOT NULL DEFAULT 0
      )`)
  }

  /** An epoch is one host's: the latest reason counts. */
  put({ host, epoch, reason }: HostDrop): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO host_drops (epoch, host_id, control_url, reason) VALUES (?, ?, ?, ?)',
      epoch,
      host.hostId,
      host.controlUrl,
      reason,
    )
  }

  /** Tells all of them. Throws when some have to be told again. */
  async deliver(env: Env, roomId: RoomId): Promise<void> {
    const rows = this.#sql.exec<DropRow>('SELECT * FROM host_drops').toArray()
    const told = await Promise.all(rows.map((row) => this.#tell(env, roomId, row)))
    const failed = told.filter((done) => !done).length
    if (failed > 0) throw new Error(`${failed} hosts not told`)
  }

  async #tell(env: Env, roomId: RoomId, row: DropRow): Promise<boolean> {
    const { epoch, reason, failures } = row
    const host = { hostId: hostIdSchema.parse(row.host_id), controlUrl: row.control_url }
    const dropped = await closeRoomOnHost(env, host, roomId, { epoch, reason })
    if (dropped || failures + 1 >= MAX_FAILURES) {
      this.#sql.exec('DELETE FROM host_drops WHERE epoch = ? AND reason = ?', epoch, reason)
      return true
    }
    this.#sql.exec('UPDATE host_drops SET failures = failures + 1 WHERE epoch = ?', epoch)
    return false
  }
}
