/** Usage records as hosts send them. Each is of a stay of its own, so that nothing of them folds together. */
import {
  MAX_USAGE_BATCH,
  newParticipantId,
  newRoomId,
  newUsageRecordId,
  projectIdSchema,
  type UsageRecord,
} from '@radist-tech/protocol'

const ROOM_SIZE = 5
const LAST_DAYS_MS = 29 * 86_400_000

/** A batch, of rooms at any time in the last 29 days. */
function batchOf(projectId: string, size: number): UsageRecord[] {
  const project = projectIdSchema.parse(projectId)
  let [roomId, end] = [newRoomId(), 0]
  return Array.from({ length: size }, (_, i) => {
    if (i % ROOM_SIZE === 0) [roomId, end] = [newRoomId(), Date.now() - Math.random() * LAST_DAYS_MS]
    return {
      recordId: newUsageRecordId(),
      projectId: project,
      roomId,
      participantId: newParticipantId(),
      seconds: 60,
      remainderMs: Math.floor(Math.random() * 1000),
      startedAt: new Date(end - 61_000).toISOString(),
      endedAt: new Date(end).toISOString(),
    }
  })
}

/** Makes this many batches and hands each on; the same work wherever they go. */
export async function fill(url: URL, take: (projectId: string, records: UsageRecord[]) => unknown) {
  const projectId = url.searchParams.get('projectId') ?? ''
  const size = Number(url.searchParams.get('size') ?? MAX_USAGE_BATCH)
  for (let left = Number(url.searchParams.get('batches')); left > 0; left -= 1)
    await take(projectId, batchOf(projectId, size))
  return new Response(null, { status: 204 })
}
