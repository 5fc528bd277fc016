/**
 * The Project object's register of calls and rooms that count against the limit, and of how many the
 * project ever had. Nothing is written before the first of them.
 */
import type { BillingRefusal } from '@radist-tech/protocol'
import type { LiveCounts } from '@radist-tech/protocol/dashboard'
import { pageOfNumbers, type StateWanted } from '../domain/connection-pages.ts'
import {
  admitConnection,
  type ConnectionKind,
  type ConnectionState,
  RESERVATION_MS,
  settleReservation,
} from '../domain/connections.ts'
import type { Env } from '../env.ts'
import type { Page } from '../paging.ts'
import { RoomParticipants } from './room-participants.ts'

/** What a place was reserved for. */
export interface Reservation {
  projectId: string
  id: string
  /** The number in the project's list of its kind, from 1. */
  sequence: number
  /** Milliseconds since 1970. */
  createdAt: number
}

/** What the register asks of a Call or Room object. Both are idempotent. */
export interface ReservedObject {
  status(): Promise<{ state: ConnectionState }>
  /**
   * Makes an object that does not exist yet as one that has already ended, with its row in D1, so that
   * the list has no gap and a late create is refused. One that does exist is left as it is.
   */
  voidReservation(reservation: Reservation): Promise<{ state: 'open' | 'ended' }>
}

/** Which calls, or rooms, are paged through: those of these numbers, null for the first or last there is. */
export interface NumbersAsked {
  state: StateWanted
  first: number | null
  last: number | null
}

export type NumbersPage = ReturnType<typeof pageOfNumbers>

/** Reservations settled at once by one alarm. */
const BATCH = 20

export class OpenConnections {
  readonly #storage: DurableObjectStorage
  readonly #env: Env
  readonly #participants: RoomParticipants
  readonly #told: { ended(kind: ConnectionKind, id: string): void }
  #hasTables: boolean

  /** @param told of each that has ended, once */
  constructor(
    storage: DurableObjectStorage,
    env: Env,
    told: { ended(kind: ConnectionKind, id: string): void },
  ) {
    this.#storage = storage
    this.#env = env
    this.#participants = new RoomParticipants(storage)
    this.#told = told
    const found = storage.sql.exec(
      "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'connections'",
    )
    this.#hasTables = found.toArray().length > 0
  }

  /**
   * Counts and numbers one more connection, unless the limit is reached or `refusal` says why there is to
   * be none. The same id again changes nothing.
   */
  open(
    connection: { projectId: string; kind: ConnectionKind; id: string; createdAt: number },
    limit: number,
    refusal: BillingRefusal | null,
    now: number,
  ) {
    const { projectId, kind, id, createdAt } = connection
    this.#createTables()
    return this.#storage.transactionSync(() => {
      const known = this.#sql<{ sequence: number }>(
        'SELECT sequence FROM connections WHERE kind = ? AND id = ?',
        kind,
        id,
      )[0]
      if (known) return { ok: true, sequence: known.sequence } as const
      if (refusal !== null) return { ok: false, code: refusal } as const
      const counted = this.#counters()
      const admission = admitConnection(counted.open, limit, counted[kind])
      if (!admission.ok) return admission
      this.#sql(
        'INSERT INTO connections (kind, id, project_id, sequence, created_at, due_at) VALUES (?, ?, ?, ?, ?, ?)',
        kind,
        id,
        projectId,
        admission.sequence,
        createdAt,
        now + RESERVATION_MS,
      )
      this.#sql(
        `INSERT INTO connection_counters (name, value) VALUES ('open', 1), (?, 1)
         ON CONFLICT (name) DO UPDATE SET value = value + 1`,
        kind,
      )
      return admission
    })
  }

  confirm(kind: ConnectionKind, id: string): void {
    if (!this.#hasTables) return
    this.#sql('UPDATE connections SET due_at = NULL WHERE kind = ? AND id = ?', kind, id)
  }

  /** Whether it was open until now. */
  close(kind: ConnectionKind, id: string): boolean {
    if (!this.#hasTables) return false
    const closed = this.#storage.transactionSync(() => {
      const rows = this.#sql('DELETE FROM connections WHERE kind = ? AND id = ? RETURNING id', kind, id)
      if (rows.length > 0) this.#sql("UPDATE connection_counters SET value = value - 1 WHERE name = 'open'")
      if (kind === 'room') this.#participants.remove(id)
      return rows.length > 0
    })
    if (closed) this.#told.ended(kind, id)
    return closed
  }

  /** An open room's word; see {@link RoomParticipants.set}. */
  countParticipants(roomId: string, count: number, version: number): void {
    if (!this.#hasTables) return
    const open = this.#sql("SELECT 1 FROM connections WHERE kind = 'room' AND id = ?", roomId)
    if (open.length > 0) this.#participants.set(roomId, count, version)
  }

  /** How much is open now, by kind: reads what is open, and nothing else. */
  live(): LiveCounts {
    const roomParticipants = this.#participants.sum()
    if (!this.#hasTables) return { openCalls: 0, openRooms: 0, roomParticipants }
    const rows = this.#sql<{ kind: ConnectionKind; open: number }>(
      'SELECT kind, count(*) AS open FROM connections GROUP BY kind',
    )
    const open = new Map(rows.map((row) => [row.kind, row.open]))
    return { openCalls: open.get('call') ?? 0, openRooms: open.get('room') ?? 0, roomParticipants }
  }

  /** The numbers of a page of the calls, or rooms; reads those that are open. */
  page(kind: ConnectionKind, { state, first, last }: NumbersAsked, page: Page): NumbersPage {
    if (!this.#hasTables) return { total: 0, numbers: [] }
    const range = { first: first ?? 1, last: last ?? this.#counters()[kind] }
    const open = this.#sql<{ sequence: number }>(
      'SELECT sequence FROM connections WHERE kind = ? AND sequence BETWEEN ? AND ? ORDER BY sequence DESC',
      kind,
      range.first,
      range.last,
    )
    const sequences = open.map(({ sequence }) => sequence)
    return pageOfNumbers(sequences, { state, ...range }, page)
  }

  /** How many count against the limit now. */
  count(): number {
    return this.#hasTables ? this.#counters().open : 0
  }

  totals(): { calls: number; rooms: number } {
    if (!this.#hasTables) return { calls: 0, rooms: 0 }
    const { call: calls, room: rooms } = this.#counters()
    return { calls, rooms }
  }

  nextDueAt(): number | null {
    if (!this.#hasTables) return null
    // `min()` alone would look at every open connection: the index holds only those that are due some time.
    const first = this.#sql<{ due_at: number }>(
      'SELECT due_at FROM connections WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1',
    )[0]
    return first?.due_at ?? null
  }

  /** Settles reservations that nobody has confirmed in time. */
  async runDue(now: number): Promise<void> {
    if (!this.#hasTables) return
    const due = this.#sql<ReservationRow>(
      `SELECT kind, id, project_id, sequence, created_at, failures FROM connections
       WHERE due_at <= ? ORDER BY due_at LIMIT ?`,
      now,
      BATCH,
    )
    await Promise.all(due.map((row) => this.#settle(row)))
  }

  async #settle(row: ReservationRow): Promise<void> {
    const { kind, id } = row
    const answer = await this.#ask(row)
    const settlement = settleReservation(answer, row.failures, Date.now(), Math.random())
    switch (settlement.action) {
      case 'confirm':
        return this.confirm(kind, id)
      case 'close':
        this.close(kind, id)
        return
      case 'ask-again':
        this.#sql(
          'UPDATE connections SET due_at = ?, failures = failures + 1 WHERE kind = ? AND id = ?',
          settlement.at,
          kind,
          id,
        )
    }
  }

  async #ask(row: ReservationRow): Promise<'open' | 'ended' | 'unreachable'> {
    const { kind, id } = row
    const object: ReservedObject =
      kind === 'call' ? this.#env.CALL.getByName(id) : this.#env.ROOM.getByName(id)
    try {
      const { state } = await object.status()
      if (state !== 'unknown') return state
      const voided = await object.voidReservation({
        projectId: row.project_id,
        id,
        sequence: row.sequence,
        createdAt: row.created_at,
      })
      return voided.state
    } catch (error) {
      console.warn(JSON.stringify({ message: 'reservation not settled', kind, id, error: String(error) }))
      return 'unreachable'
    }
  }

  #createTables(): void {
    if (this.#hasTables) return
    this.#storage.sql.exec(`
      CREATE TABLE connections (
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        project_id TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        -- When the object is asked whether it exists; null once that is known.
        due_at INTEGER,
        failures INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (kind, id)
      ) WITHOUT ROWID;
      CREATE INDEX connections_due ON connections (due_at) WHERE due_at IS NOT NULL;
      -- 'open': how many there are; 'call' and 'room': how many there ever were.
      CREATE TABLE connection_counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    `)
    this.#hasTables = true
  }

  #counters(): Record<'open' | ConnectionKind, number> {
    const counters = { open: 0, call: 0, room: 0 }
    const rows = this.#sql<{ name: keyof typeof counters; value: number }>(
      'SELECT name, value FROM connection_counters',
    )
    for (const { name, value } of rows) counters[name] = value
    return counters
  }

  #sql<T extends Record<string, SqlStorageValue>>(query: string, ...bindings: SqlStorageValue[]): T[] {
    return this.#storage.sql.exec<T>(query, ...bindings).toArray()
  }
}

type ReservationRow = {
  kind: ConnectionKind
  id: string
  project_id: string
  sequence: number
  created_at: number
  failures: number
}
