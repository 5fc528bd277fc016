/** Endpoints of a project, and events that go there, as Worker tests need them. */
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { newParticipantId, newRoomId } from '@radist-tech/protocol'
import {
  type WebhookEvent,
  type WebhookEventType,
  webhookEventSchema,
  webhookEventTypeSchema,
} from '@radist-tech/protocol/dashboard'
import { WebhookEndpointRows } from '../webhook-endpoint-rows.ts'

export const objectOf = (projectId: string) => env.WEBHOOK.getByName(projectId)

/** An endpoint of all events unless told. Answers its id and secret. */
export async function newEndpoint(
  projectId: string,
  url: string,
  eventTypes: WebhookEventType[] = webhookEventTypeSchema.options,
): Promise<{ endpointId: string; secret: string }> {
  const rows = new WebhookEndpointRows(env.DB, projectId)
  const created = await rows.create({ url, description: '', eventTypes }, Date.now())
  if (!created) throw new Error('No endpoint')
  const { endpointId } = created.endpoint
  await objectOf(projectId).endpointChanged(endpointId, 'changed')
  await env.PROJECT.getByName(projectId).invalidateCache()
  return { endpointId, secret: created.secret }
}

let serial = 0

/** Somebody has joined a room: an event like any other. */
export function joined(projectId: string, roomId: string = newRoomId()): WebhookEvent {
  serial += 1
  const data = { roomId, participantId: newParticipantId(), identity: null }
  const timestamp = new Date(Date.now()).toISOString()
  return webhookEventSchema.parse({
    id: `evt_${roomId}_${serial}`,
    type: 'participant.joined',
    timestamp,
    projectId,
    data,
  })
}

/** Lets the alarm ring if it is due by now. */
export async function ring(projectId: string): Promise<boolean> {
  const due = await runInDurableObject(objectOf(projectId), (_, { storage }) => storage.getAlarm())
  return due !== null && due <= Date.now() ? runDurableObjectAlarm(objectOf(projectId)) : false
}
