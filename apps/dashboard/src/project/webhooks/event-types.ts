/** What webhooks tell of, for people. */
import type { WebhookDelivery, WebhookEventType } from '@radist-tech/protocol/dashboard'
import type { BadgeLook } from '../../ui/Badge.tsx'

export const eventTypes: Record<WebhookEventType, string> = {
  'call.started': 'The first peer has joined a call',
  'call.connected': 'Both peers of a call are connected',
  'call.ended': 'A call is over',
  'room.started': 'The first participant has joined a room',
  'room.ended': 'A room is closed',
  'participant.joined': 'Somebody has joined a room',
  'participant.left': 'Somebody has left a room',
  'usage.threshold': 'The month’s usage has reached a threshold',
}

export const deliveryStates: Record<WebhookDelivery['state'], { name: string; look: BadgeLook }> = {
  waiting: { name: 'Waiting', look: 'warning' },
  delivered: { name: 'Delivered', look: 'good' },
  failed: { name: 'Failed', look: 'danger' },
}

/** The call, room or month that an event is about. */
export function subjectOf({ data }: WebhookDelivery['event']): string {
  if ('roomId' in data) return data.roomId
  if ('callId' in data) return data.callId
  return data.month
}

/** What came of an attempt, in a word or two. */
export function outcomeOf(attempt: { status: number | null; error: string | null } | null): string {
  if (!attempt) return 'Not tried yet'
  return attempt.status === null ? (attempt.error ?? 'No answer') : `HTTP ${attempt.status}`
}
