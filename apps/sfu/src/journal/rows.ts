/** Between what the host knows and the journal's rows. */
import type { ParticipantId, ProjectId, RoomId } from '@radist-tech/protocol'
import type { MeterReport } from '../domain/meter.ts'
import type { SavedMeter } from '../domain/saved-meter.ts'
import type { PackedId } from './packed-id.ts'
import { idRowSchema, packProjectId, packRoomId, type StayRow } from './schema.ts'
import type { Statements } from './statements.ts'

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

/** The room's row, made if missing. */
export function roomOf({ findRoom, addRoom }: Statements, { roomId, epoch, projectId }: RoomKey): number {
  const key = [packRoomId(roomId), epoch, packProjectId(projectId)]
  return idRowSchema.parse(findRoom.get(...key) ?? addRoom.get(...key)).id
}

/** The columns that {@link Statements.updateStay} and `addStay` have in common. */
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
export type UsageColumns = [participantId: PackedId, seconds: number, startedAt: number, spanMs: number]

export const usageColumns = (
  participantId: PackedId,
  wallOffset: number,
  { seconds, from, until }: MeterReport,
): UsageColumns => [participantId, seconds, from + wallOffset, until - from]
