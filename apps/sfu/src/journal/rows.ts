/** Between what the host knows and the journal's rows. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { ParticipantId, ProjectId, RoomId } from '@radist-tech/protocol'
import type { MeterReport } from '../domain/meter.ts'
import type { SavedMeter } from '../domain/saved-meter.ts'
import type { PackedId } from './packed-id.ts'
import { idRowSchema, packProjectId, packRoomId, type StayRow } from './schema.ts'

/** A room under one assignment. */
export interface RoomKey {
  roomId: RoomId
  epoch: number
  projectId: ProjectId
}

/** Whose time it is, and under which assignment of the room. */
export interface MeteredParticipant extends RoomKey {
  participantId: ParticipantId
}

/** Rooms used of late whose rows are known. */
const KNOWN_ROOMS = 10_000

/**
 * The rows of rooms. They have no index, which would be as large as they are: a room that was forgotten here
 * simply gets another row.
 */
export class RoomRows {
  readonly #addRoom: StatementSync
  readonly #known = new Map<string, number>()

  constructor(database: DatabaseSync) {
    this.#addRoom = database.prepare(
      'INSERT INTO room (roomId, epoch, projectId) VALUES (?, ?, ?) RETURNING id',
    )
  }

  /** Within a transaction. */
  idOf({ roomId, epoch, projectId }: RoomKey): number {
    const key = `${roomId} ${epoch} ${projectId}`
    const known = this.#known.get(key)
    const row =
      known ?? idRowSchema.parse(this.#addRoom.get(packRoomId(roomId), epoch, packProjectId(projectId))).id
    // The map keeps the order in which its keys were set, so the first is the one that was used longest ago.
    this.#known.delete(key)
    this.#known.set(key, row)
    const [oldest] = this.#known.keys()
    if (this.#known.size > KNOWN_ROOMS && oldest !== undefined) this.#known.delete(oldest)
    return row
  }

  /** Rows may have been deleted, or not have been written after all. */
  forget(): void {
    this.#known.clear()
  }
}

/** The columns that `updateStay` and `addStay` have in common. */
export const savedColumns = ({ progress, reportedSeconds, reportedUntil }: SavedMeter) =>
  progress.is === 'running'
    ? [progress.zeroAt, null, null, reportedSeconds, reportedUntil]
    : [null, progress.connectedMs, progress.confirmedAt, reportedSeconds, reportedUntil]

export function savedOf({
  zeroAt,
  connectedMs,
  confirmedAt,
  reportedSeconds,
  reportedUntil,
}: StayRow): SavedMeter {
  const reported = { reportedSeconds, reportedUntil }
  return zeroAt === null
    ? { progress: { is: 'halted', connectedMs, confirmedAt }, ...reported }
    : { progress: { is: 'running', zeroAt }, ...reported }
}

/** What the rows of `ended` and `sent` have in common, from `participantId` on. */
export type UsageColumns = [
  participantId: PackedId,
  seconds: number,
  remainderMs: number,
  startedAt: number,
  spanMs: number,
]

export const usageColumns = (
  participantId: PackedId,
  wallOffset: number,
  { seconds, remainderMs, from, until }: MeterReport,
): UsageColumns => [participantId, seconds, remainderMs, from + wallOffset, until - from]
