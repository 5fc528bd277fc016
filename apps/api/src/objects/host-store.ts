/** Enrolled hosts in the Fleet object's storage. */
import {
  bootIdSchema,
  HOST_SILENCE_LIMIT_MS,
  type HostId,
  type HostPublicKey,
  hostIdSchema,
} from '@radist-tech/protocol'
import type { HostLoad, KnownHost } from '../domain/fleet.ts'

export interface EnrolledHost {
  known: KnownHost
  publicKey: HostPublicKey
  signalingUrl: string
  controlUrl: string
  workers: number
  version: string
}

/** A host's load is written at most this often, in milliseconds. */
const SAVE_INTERVAL_MS = 20_000
/** A host that was silent for a week has to enrol again. */
const FORGET_AFTER_MS = 7 * 24 * 3_600_000

type HostRow = {
  host_id: string
  public_key: string
  boot_id: string
  signaling_url: string
  control_url: string
  workers: number
  max_participants: number
  version: string
  last_seen_at: number
  rooms: number
  participants: number
  worker_cpu: number
  state: HostLoad['state']
}

export class HostStore {
  readonly #sql: SqlStorage
  readonly #savedAt = new Map<HostId, number>()
  #hasTable: boolean

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql
    this.#hasTable = this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'hosts'").toArray().length > 0
  }

  /**
   * All hosts, as last written. One that may have reported since then counts as seen now: this object
   * has only just woken, and rooms must not be moved off a host because its reports were forgotten.
   */
  load(now: number, drainAsked: (hostId: HostId) => boolean): Map<HostId, EnrolledHost> {
    if (!this.#hasTable) return new Map()
    const rows = this.#sql.exec<HostRow>('SELECT * FROM hosts').toArray()
    return new Map(
      rows.map((row) => {
        const hostId = hostIdSchema.parse(row.host_id)
        return [hostId, hostOf(hostId, row, drainAsked(hostId), now)]
      }),
    )
  }

  save(host: EnrolledHost, now: number): void {
    this.#createTable()
    const { known } = host
    this.#sql.exec(
      'INSERT OR REPLACE INTO hosts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      known.hostId,
      host.publicKey.x,
      known.bootId,
      host.signalingUrl,
      host.controlUrl,
      host.workers,
      known.maxParticipants,
      host.version,
      known.lastSeenAt,
      known.load.rooms,
      known.load.participants,
      known.load.workerCpu,
      known.load.state,
    )
    this.#savedAt.set(known.hostId, now)
  }

  /** Saves when it was long ago, or must not be forgotten. */
  saveNowAndThen(host: EnrolledHost, now: number, mustBeKept: boolean): void {
    const savedAt = this.#savedAt.get(host.known.hostId) ?? 0
    if (mustBeKept || now - savedAt >= SAVE_INTERVAL_MS) this.save(host, now)
  }

  /** Deletes hosts that are gone for good, and answers which. */
  forgetLongSilent(now: number): HostId[] {
    if (!this.#hasTable) return []
    const rows = this.#sql.exec<{ host_id: string }>(
      'DELETE FROM hosts WHERE last_seen_at < ? RETURNING host_id',
      now - FORGET_AFTER_MS,
    )
    return rows.toArray().map((row) => hostIdSchema.parse(row.host_id))
  }

  #createTable(): void {
    if (this.#hasTable) return
    this.#sql.exec(`
      CREATE TABLE hosts (
        host_id TEXT PRIMARY KEY,
        public_key TEXT NOT NULL,
        boot_id TEXT NOT NULL,
        signaling_url TEXT NOT NULL,
        control_url TEXT NOT NULL,
        workers INTEGER NOT NULL,
        max_participants INTEGER NOT NULL,
        version TEXT NOT NULL,
        last_seen_at INTEGER NOT NULL,
        rooms INTEGER NOT NULL,
        participants INTEGER NOT NULL,
        worker_cpu REAL NOT NULL,
        state TEXT NOT NULL
      ) WITHOUT ROWID
    `)
    this.#hasTable = true
  }
}

function hostOf(hostId: HostId, row: HostRow, drainAsked: boolean, now: number): EnrolledHost {
  const mayHaveReported = now - row.last_seen_at <= SAVE_INTERVAL_MS + HOST_SILENCE_LIMIT_MS
  return {
    known: {
      hostId,
      bootId: bootIdSchema.parse(row.boot_id),
      maxParticipants: row.max_participants,
      lastSeenAt: mayHaveReported ? now : row.last_seen_at,
      load: {
        rooms: row.rooms,
        participants: row.participants,
        workerCpu: row.worker_cpu,
        state: row.state,
      },
      drainAsked,
      recentAssignments: [],
    },
    publicKey: { kty: 'OKP', crv: 'Ed25519', x: row.public_key },
    signalingUrl: row.signaling_url,
    controlUrl: row.control_url,
    workers: row.workers,
    version: row.version,
  }
}
