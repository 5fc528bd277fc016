/** Stays that a host must end, until it has been told. */
import {
  type HostId,
  hostIdSchema,
  type ParticipantId,
  participantIdSchema,
  type RemovalReason,
  type RoomId,
} from '@radist-tech/protocol'
import type { Env } from '../env.ts'
import { removeOnHost } from '../host-requests.ts'

/** As for drops (`host-drops.ts`): a host that is gone for longer has lost the room. */
const MAX_FAILURES = 20

export interface HostRemoval {
  host: { hostId: HostId; controlUrl: string }
  epoch: number
  participantId: ParticipantId
  reason: RemovalReason
}

type RemovalRow = {
  participant_id: string
  host_id: string
  control_url: string
  epoch: number
  reason: RemovalReason
  failures: number
}

export class HostRemovals {
  readonly #sql: SqlStorage

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql
  }

  put({ host, epoch, participantId, reason }: HostRemoval): void {
    this.#createTable()
    this.#sql.exec(
      `INSERT OR REPLACE INTO host_removals (participant_id, host_id, control_url, epoch, reason)
       VALUES (?, ?, ?, ?, ?)`,
      participantId,
      host.hostId,
      host.controlUrl,
      epoch,
      reason,
    )
  }

  /** Tells of all of them. Throws when some have to be told again. */
  async deliver(env: Env, roomId: RoomId): Promise<void> {
    this.#createTable()
    const rows = this.#sql.exec<RemovalRow>('SELECT * FROM host_removals').toArray()
    const told = await Promise.all(rows.map((row) => this.#tell(env, roomId, row)))
    const failed = told.filter((done) => !done).length
    if (failed > 0) throw new Error(`${failed} removals not told`)
  }

  async #tell(env: Env, roomId: RoomId, row: RemovalRow): Promise<boolean> {
    const { epoch, reason, failures } = row
    const host = { hostId: hostIdSchema.parse(row.host_id), controlUrl: row.control_url }
    const participantId = participantIdSchema.parse(row.participant_id)
    const removed = await removeOnHost(env, host, roomId, participantId, { epoch, reason })
    if (removed || failures + 1 >= MAX_FAILURES) {
      this.#sql.exec('DELETE FROM host_removals WHERE participant_id = ?', participantId)
      return true
    }
    this.#sql.exec('UPDATE host_removals SET failures = failures + 1 WHERE participant_id = ?', participantId)
    return false
  }

  /** Most rooms never need it. */
  #createTable(): void {
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS host_removals (
        participant_id TEXT PRIMARY KEY,
        host_id TEXT NOT NULL,
        control_url TEXT NOT NULL,
        epoch INTEGER NOT NULL,
        reason TEXT NOT NULL,
        failures INTEGER NOT NULL DEFAULT 0
      ) WITHOUT ROWID`)
  }
}
