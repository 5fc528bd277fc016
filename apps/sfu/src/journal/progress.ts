/** A participant's progress as it lies in the journal, and what it is worth after a crash. */
import {
  newUsageRecordId,
  type ParticipantId,
  type ProjectId,
  type RoomId,
  type UsageRecord,
} from '@radist-tech/protocol'

/** Whose time it is, and under which assignment of the room. */
export interface MeteredParticipant {
  participantId: ParticipantId
  projectId: ProjectId
  roomId: RoomId
  epoch: number
}

export interface Progress extends MeteredParticipant {
  /** One stay of the participant: it may leave and come back under the same id. */
  stayId: string
  /** Connected time if the process dies now, in ms. */
  connectedMs: number
  /** Whole seconds that records exist for. */
  reportedSeconds: number
  /** When the last reported second was complete, in ms since 1970. */
  reportedUntil: number
  /** When this was written, in ms since 1970. */
  at: number
}

/** The longest span that one record may cover (the schema's own limit). */
const MAX_RECORD_SECONDS = 86_400

/** Records of `seconds` seconds in all, between two instants in ms since 1970. */
export function usageRecords(
  participant: MeteredParticipant,
  report: { seconds: number; from: number; until: number },
): UsageRecord[] {
  const { participantId, projectId, roomId } = participant
  const records: UsageRecord[] = []
  for (let left = report.seconds; left > 0; left -= MAX_RECORD_SECONDS) {
    records.push({
      recordId: newUsageRecordId(),
      projectId,
      roomId,
      participantId,
      seconds: Math.min(left, MAX_RECORD_SECONDS),
      startedAt: new Date(report.from).toISOString(),
      endedAt: new Date(report.until).toISOString(),
    })
  }
  return records
}

/** What a crash left unreported of a participant. */
export function recordsLeftBy(progress: Progress): UsageRecord[] {
  const completed = Math.floor(progress.connectedMs / 1000)
  const until = progress.at - (progress.connectedMs - completed * 1000)
  return usageRecords(progress, {
    seconds: completed - progress.reportedSeconds,
    from: progress.reportedUntil,
    until: Math.max(until, progress.reportedUntil),
  })
}
