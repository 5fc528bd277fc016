/** A room in its object's storage: one row for itself, one for each pending token and each participant. */
import {
  bootIdSchema,
  hostIdSchema,
  type ProjectId,
  participantIdSchema,
  permissionsSchema,
  projectIdSchema,
  type RoomId,
  roomIdSchema,
} from '@radist-tech/protocol'
import { z } from 'zod'
import { NO_ACCESS, type ProjectAccess, projectAccessSchema } from '../domain/project-access.ts'
import type { Participant, PendingToken, Room } from '../domain/room.ts'
import { rosterOf } from '../domain/room-timeline.ts'

/** What a room is from beginning to end, beside its state. */
export interface RoomOrigin {
  roomId: RoomId
  projectId: ProjectId
  /** Its number among the project's rooms, from 1. */
  sequence: number
  region: string
  /** What its project said when it was made. */
  access: ProjectAccess
  /** Whether the project had webhook endpoints when the room was made: if not, nobody is told of its events. */
  hasWebhooks: boolean
}

export interface StoredRoom {
  origin: RoomOrigin
  room: Room
}

const originFields = {
  roomId: roomIdSchema,
  projectId: projectIdSchema,
  sequence: z.int(),
  region: z.string(),
  hasWebhooks: z.boolean().default(false),
}
const originSchema: z.ZodType<RoomOrigin> = z.union([
  z.object({ ...originFields, access: projectAccessSchema }),
  // Of rooms from before keys could expire.
  z.object({ ...originFields, publicKeys: z.array(z.string()) }).transform(({ publicKeys, ...origin }) => ({
    ...origin,
    access: {
      ...NO_ACCESS,
      publicKeys: publicKeys.map((key) => ({ key, expiresAt: null })),
      allowedOrigins: 'all' as const,
    },
  })),
])
const roomHostSchema = z.object({
  hostId: hostIdSchema,
  bootId: bootIdSchema,
  signalingUrl: z.string(),
  controlUrl: z.string(),
})
/** Nobody in rooms that were stored before this was noted. */
const everAdmitted = z.int().default(0)
/** The room without its tokens and participants, which have tables of their own. */
const roomSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('open'),
    settings: z.object({ maxParticipants: z.int(), emptyTimeoutMs: z.int(), graceMs: z.int() }),
    createdAt: z.int(),
    epoch: z.int(),
    placement: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('none'), since: z.int() }),
      z.object({
        kind: z.literal('on-host'),
        since: z.int(),
        host: roomHostSchema,
        lostSince: z.int().nullable(),
      }),
    ]),
    emptySince: z.int().nullable(),
    everAdmitted,
  }),
  z.object({
    kind: z.literal('closed'),
    createdAt: z.int(),
    closedAt: z.int(),
    reason: z.enum(['closed-by-backend', 'empty', 'not-placed', 'void']),
    everAdmitted,
  }),
])
const pendingTokenSchema: z.ZodType<PendingToken> = z.object({
  expiresAt: z.int(),
  identity: z.string().nullable(),
  permissions: permissionsSchema,
  rejoins: participantIdSchema.nullable(),
})
const participantSchema: z.ZodType<Participant> = z.object({
  identity: z.string().nullable(),
  permissions: permissionsSchema,
  reconnectSecret: z.string(),
  previousSecret: z.string().nullable(),
  admittedAt: z.int(),
  epoch: z.int(),
  admission: z.object({ jti: z.string(), attemptId: z.string().nullable() }),
})

type EntryTable = 'pending_tokens' | 'participants'

export class RoomStore {
  readonly #sql: SqlStorage

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql
  }

  /** The room, or null when it was never made. */
  load(): StoredRoom | null {
    if (this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'room'").toArray().length === 0) return null
    const row = this.#sql.exec<{ origin: string; state: string }>('SELECT origin, state FROM room').one()
    const origin = originSchema.parse(JSON.parse(row.origin))
    const state = roomSchema.parse(JSON.parse(row.state))
    if (state.kind === 'closed') return { origin, room: state }
    const pending = new Map(this.#entries('pending_tokens', z.string(), pendingTokenSchema))
    const roster = new Map(this.#entries('participants', participantIdSchema, participantSchema))
    return { origin, room: { ...state, pending, roster } }
  }

  create({ origin, room }: StoredRoom): void {
    this.#sql.exec(`
      CREATE TABLE room (origin TEXT NOT NULL, state TEXT NOT NULL);
      CREATE TABLE pending_tokens (id TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE participants (id TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    `)
    this.#sql.exec('INSERT INTO room VALUES (?, ?)', JSON.stringify(origin), stateOf(room))
  }

  /** Writes what differs, and nothing else: a participant that joins costs two rows in a room of any size. */
  save(before: Room, after: Room): void {
    const state = stateOf(after)
    if (state !== stateOf(before)) this.#sql.exec('UPDATE room SET state = ?', state)
    this.#saveEntries('pending_tokens', pendingOf(before), pendingOf(after))
    this.#saveEntries('participants', rosterOf(before), rosterOf(after))
  }

  /** The number of the newest change of presence that was taken at this epoch. */
  presenceTaken(epoch: number): number {
    this.#createPresence()
    const [row] = this.#sql
      .exec<{ number: number }>('SELECT number FROM presence_taken WHERE epoch = ?', epoch)
      .toArray()
    return row?.number ?? 0
  }

  /** To be called within the transaction that stores the changes. Another epoch begins anew. */
  setPresenceTaken(epoch: number, number: number): void {
    this.#createPresence()
    this.#sql.exec('DELETE FROM presence_taken')
    this.#sql.exec('INSERT INTO presence_taken VALUES (?, ?)', epoch, number)
  }

  /** Most rooms never need it. */
  #createPresence(): void {
    this.#sql.exec('CREATE TABLE IF NOT EXISTS presence_taken (epoch INTEGER, number INTEGER)')
  }

  #saveEntries(
    table: EntryTable,
    before: ReadonlyMap<string, object>,
    after: ReadonlyMap<string, object>,
  ): void {
    if (before === after) return
    for (const id of before.keys())
      if (!after.has(id)) this.#sql.exec(`DELETE FROM ${table} WHERE id = ?`, id)
    for (const [id, value] of after)
      if (before.get(id) !== value)
        this.#sql.exec(`INSERT OR REPLACE INTO ${table} VALUES (?, ?)`, id, JSON.stringify(value))
  }

  #entries<I extends z.ZodType, V>(
    table: EntryTable,
    idSchema: I,
    valueSchema: z.ZodType<V>,
  ): [z.infer<I>, V][] {
    const rows = this.#sql.exec<{ id: string; value: string }>(`SELECT id, value FROM ${table}`).toArray()
    return rows.map(({ id, value }) => [idSchema.parse(id), valueSchema.parse(JSON.parse(value))])
  }
}

const pendingOf = (room: Room): ReadonlyMap<string, PendingToken> =>
  room.kind === 'open' ? room.pending : new Map()

function stateOf(room: Room): string {
  if (room.kind === 'closed') return JSON.stringify(room)
  const { pending: _pending, roster: _roster, ...state } = room
  return JSON.stringify(state)
}
