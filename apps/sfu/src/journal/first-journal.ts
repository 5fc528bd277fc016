/** Brings a journal of the first form (`user_version` 0: a row per participant and second, JSON records) into the present one. */
import type { DatabaseSync } from 'node:sqlite'
import {
  departureReasonSchema,
  participantIdSchema,
  projectIdSchema,
  roomIdSchema,
  usageRecordSchema,
} from '@radist-tech/protocol'
import { z } from 'zod'
import { reportsLeft } from '../domain/meter.ts'
import { RoomRows, usageColumns } from './rows.ts'
import { packParticipantId, packRecordId } from './schema.ts'
import { prepare } from './statements.ts'

const tableSchema = z.object({ name: z.string() })
const progressSchema = z.object({
  participantId: participantIdSchema,
  projectId: projectIdSchema,
  roomId: roomIdSchema,
  epoch: z.int(),
  connectedMs: z.int(),
  reportedSeconds: z.int(),
  /** In ms since 1970, as `at`. */
  reportedUntil: z.int(),
  at: z.int(),
})
const usageSchema = z.object({ record: z.string() })
const departureSchema = z.object({
  roomId: roomIdSchema,
  epoch: z.int(),
  participantId: participantIdSchema,
  reason: departureReasonSchema,
})

/** The first form did not write down the project of a departure, nor the epoch of a record; nothing asks for them. */
const UNKNOWN_PROJECT = projectIdSchema.parse('00000000-0000-4000-8000-000000000000')
const UNKNOWN_EPOCH = 0

/** Within a transaction, into tables that are there already. Does nothing to a new file. */
export function migrateFirstJournal(database: DatabaseSync): void {
  const table = database.prepare("SELECT name FROM sqlite_schema WHERE name = 'progress'").get()
  if (!tableSchema.safeParse(table).success) return
  const statements = prepare(database)
  const rooms = new RoomRows(database)
  const departedKeys = new Set<string>()
  for (const row of database.prepare('SELECT * FROM departure ORDER BY position').iterate()) {
    const { roomId, epoch, participantId, reason } = departureSchema.parse(row)
    departedKeys.add(`${roomId} ${epoch} ${participantId}`)
    const room = rooms.idOf({ roomId, epoch, projectId: UNKNOWN_PROJECT })
    statements.addDeparture.run(room, packParticipantId(participantId), reason)
  }
  // They may have been sent, so they go on under their ids, as they are.
  for (const row of database.prepare('SELECT record FROM usage ORDER BY position').iterate()) {
    const record = usageRecordSchema.parse(JSON.parse(usageSchema.parse(row).record))
    const { recordId, participantId, seconds, remainderMs, startedAt, endedAt } = record
    const room = rooms.idOf({ ...record, epoch: UNKNOWN_EPOCH })
    const from = Date.parse(startedAt)
    const columns = [packParticipantId(participantId), seconds, remainderMs, from, Date.parse(endedAt) - from]
    statements.addSent.run(packRecordId(recordId), null, room, ...columns)
  }
  for (const row of database.prepare('SELECT * FROM progress').all()) {
    const progress = progressSchema.parse(row)
    const { roomId, epoch, participantId, connectedMs, reportedSeconds, reportedUntil, at } = progress
    const meter = { connectedMs, reportedSeconds, reportedUntil, confirmedAt: at }
    const room = rooms.idOf(progress)
    const packed = packParticipantId(participantId)
    for (const report of reportsLeft({ ...meter, state: { is: 'left' } }))
      statements.addEnded.run(room, ...usageColumns(packed, 0, report))
    if (!departedKeys.has(`${roomId} ${epoch} ${participantId}`))
      statements.addDeparture.run(room, packed, 'host-lost')
  }
  database.exec('DROP TABLE progress; DROP TABLE usage; DROP TABLE departure; DROP TABLE IF EXISTS probe')
}
