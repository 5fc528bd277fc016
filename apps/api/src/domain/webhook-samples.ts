/** Events as examples, for whoever tries an endpoint out. Nothing of them has happened. */
import { type WebhookEvent, type WebhookEventType, webhookEventSchema } from '@radist-tech/protocol/dashboard'

const NOBODY = '00000000-0000-4000-8000-000000000000'
const PEER_ID = `peer_${'0'.repeat(22)}`
const PARTICIPANT_ID = `part_${'0'.repeat(22)}`
const HOUR_MS = 3_600_000

/** @param now milliseconds since 1970 */
export function sampleEvent(
  type: WebhookEventType,
  id: string,
  projectId: string,
  now: number,
): WebhookEvent {
  const timestamp = new Date(now).toISOString()
  return webhookEventSchema.parse({ id, type, timestamp, projectId, data: sampleData(type, now), test: true })
}

function sampleData(type: WebhookEventType, now: number): object {
  const earlier = new Date(now - HOUR_MS).toISOString()
  const lived = { createdAt: earlier, endedAt: new Date(now).toISOString() }
  const participant = { roomId: NOBODY, participantId: PARTICIPANT_ID, identity: 'ann' }
  switch (type) {
    case 'call.started':
      return { callId: NOBODY, peerId: PEER_ID }
    case 'call.connected':
      return { callId: NOBODY }
    case 'call.ended':
      return { callId: NOBODY, reason: 'all-peers-left', ...lived }
    case 'room.started':
      return { roomId: NOBODY }
    case 'room.ended':
      return { roomId: NOBODY, reason: 'empty', ...lived }
    case 'participant.joined':
      return participant
    case 'participant.left':
      return { ...participant, reason: 'left', joinedAt: earlier }
    case 'usage.threshold':
      return {
        month: earlier.slice(0, 7),
        percent: 80,
        monthlyLimitSeconds: 1_000_000,
        usedSeconds: 800_000,
      }
  }
}
