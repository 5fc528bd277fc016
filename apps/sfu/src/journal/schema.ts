/** The journal's tables. Rows are as small as they can be: during an outage there is one for every stay. */
import {
  departureReasonSchema,
  participantIdSchema,
  projectIdSchema,
  roomIdSchema,
  usageRecordIdSchema,
} from '@radist-tech/protocol'
import { z } from 'zod'
import { packPrefixed, packUuid, unpackPrefixed, unpackUuid } from './packed-id.ts'

/** `PRAGMA user_version` of a journal with these tables. */
export const VERSION = 2

/** Ids are their 16 bytes (`packed-id.ts`). Instants named `…At` are ms since 1970, except the monotonic ones. */
export const SCHEMA = `
  CREATE TABLE room (
    id INTEGER PRIMARY KEY, roomId ANY NOT NULL, epoch INTEGER NOT NULL, projectId ANY NOT NULL
  ) STRICT;
  -- Who is here. Running: zeroAt is set. Halted: connectedMs and confirmedAt are. zeroAt, confirmedAt and
  -- reportedUntil are monotonic; wallOffset makes wall time of them.
  CREATE TABLE stay (
    id INTEGER PRIMARY KEY, room INTEGER NOT NULL, participantId ANY NOT NULL, wallOffset INTEGER NOT NULL,
    zeroAt INTEGER, connectedMs INTEGER, confirmedAt INTEGER,
    reportedSeconds INTEGER NOT NULL, reportedUntil INTEGER NOT NULL
  ) STRICT;
  -- Until when, on the monotonic clock, all who run have lived.
  CREATE TABLE mark (id INTEGER PRIMARY KEY CHECK (id = 1), at INTEGER NOT NULL) STRICT;
  -- What is left to report of stays that have ended. Has no record id before it is sent.
  CREATE TABLE ended (
    position INTEGER PRIMARY KEY, room INTEGER NOT NULL, participantId ANY NOT NULL,
    seconds INTEGER NOT NULL, remainderMs INTEGER NOT NULL, startedAt INTEGER NOT NULL, spanMs INTEGER NOT NULL
  ) STRICT;
  -- Records that were sent, or are about to be: never changed, since the ledger may have them.
  CREATE TABLE sent (
    position INTEGER PRIMARY KEY, recordId ANY NOT NULL UNIQUE, stay INTEGER, room INTEGER NOT NULL,
    participantId ANY NOT NULL, seconds INTEGER NOT NULL, remainderMs INTEGER NOT NULL,
    startedAt INTEGER NOT NULL, spanMs INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS rejectedUsage (
    recordId TEXT PRIMARY KEY, record TEXT NOT NULL, code TEXT NOT NULL, at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE departed (
    position INTEGER PRIMARY KEY, room INTEGER NOT NULL, participantId ANY NOT NULL, reason TEXT NOT NULL
  ) STRICT;`

/** What version 1 lacked: it knew nothing of what stays left of a second. */
export const ADD_REMAINDERS = `
  ALTER TABLE ended ADD COLUMN remainderMs INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE sent ADD COLUMN remainderMs INTEGER NOT NULL DEFAULT 0;`

const PARTICIPANT = 'part_'
const RECORD = 'use_'

export const packProjectId = packUuid
export const packRoomId = packUuid
export const packParticipantId = (id: string) => packPrefixed(PARTICIPANT, id)
export const packRecordId = (id: string) => packPrefixed(RECORD, id)

const packed = z.union([z.instanceof(Uint8Array), z.string()])
const roomId = packed.transform(unpackUuid).pipe(roomIdSchema)
const projectId = packed.transform(unpackUuid).pipe(projectIdSchema)
const participantId = packed.transform((id) => unpackPrefixed(PARTICIPANT, id)).pipe(participantIdSchema)
const recordId = packed.transform((id) => unpackPrefixed(RECORD, id)).pipe(usageRecordIdSchema)

const stayColumns = {
  id: z.int(),
  wallOffset: z.int(),
  reportedSeconds: z.int(),
  reportedUntil: z.int(),
  room: z.int(),
  participantId: packed,
}
export const stayRowSchema = z.union([
  z.object({ ...stayColumns, zeroAt: z.int(), connectedMs: z.null(), confirmedAt: z.null() }),
  z.object({ ...stayColumns, zeroAt: z.null(), connectedMs: z.int(), confirmedAt: z.int() }),
])
export type StayRow = z.infer<typeof stayRowSchema>

export const endedRowSchema = z.object({
  position: z.int(),
  room: z.int(),
  participantId: packed,
  seconds: z.int(),
  remainderMs: z.int(),
  startedAt: z.int(),
  spanMs: z.int(),
})

/** A row of `sent`, as the record that it is. */
export const sentRecordSchema = z
  .object({
    recordId,
    projectId,
    roomId,
    participantId,
    seconds: z.int(),
    remainderMs: z.int(),
    startedAt: z.int(),
    spanMs: z.int(),
  })
  .transform(({ startedAt, spanMs, ...record }) => ({
    ...record,
    startedAt: new Date(startedAt).toISOString(),
    endedAt: new Date(startedAt + spanMs).toISOString(),
  }))

export const departureRowSchema = z.object({
  position: z.int(),
  roomId,
  epoch: z.int(),
  participantId,
  reason: departureReasonSchema,
})
export type StoredDeparture = z.infer<typeof departureRowSchema>

export const idRowSchema = z.object({ id: z.int() })
export const atRowSchema = z.object({ at: z.int().nullable() })
export const countRowSchema = z.object({ count: z.int() })
