/** The ids, credentials and times of the examples. Of the right form, and nobody's. */

import {
  callIdSchema,
  participantIdSchema,
  projectIdSchema,
  roomIdSchema,
  roomTrackSchema,
} from '@radist-tech/protocol'
import { z } from 'zod'
import type { Parameter } from './operation.ts'

export const samples = {
  projectId: '3f0c8f5e-7a51-4d0e-9a53-6c1f0d7b2e10',
  callId: '9b2f64c1-0d4e-4b7a-8f3c-52e1a7d90c64',
  roomId: 'c47d1e90-5b38-4f6a-9e21-8a0b3c5d7f12',
  publicKey: 'rad_pk_SAMPLE_SAMPLE_SAMPLE_SAMPLE_SAMPLE_SAMPLE_SAMPLE',
  callToken: 'ct_my9kwQ1OS3qPPFLhp9kMZGZpcnN0IHNhbXBsZSBvZiBhIHNlY3JldA',
  otherCallToken: 'ct_my9kwQ1OS3qPPFLhp9kMZG90aGVyIHNhbXBsZSBvZiBhIHNlY3JldA',
  mintedCallToken: 'ct_my9kwQ1OS3qPPFLhp9kMZHRoaXJkIHNhbXBsZSBvZiBhIHNlY3JldA',
  roomToken: 'ct_eyJhbGciOiJFZERTQSJ9.eyJyb29tSWQiOiJjNDdkMWU5MCJ9.c2FtcGxlIHNpZ25hdHVyZQ',
  otherRoomToken: 'ct_eyJhbGciOiJFZERTQSJ9.eyJyb29tSWQiOiJjNDdkMWU5MCJ9.YW5vdGhlciBzYW1wbGU',
  mintedRoomToken: 'ct_eyJhbGciOiJFZERTQSJ9.eyJyb29tSWQiOiJjNDdkMWU5MCJ9.dGhpcmQgc2FtcGxl',
  peerId: 'peer_Qm9iIGlzIGEgcGVlciBpZA',
  otherPeerId: 'peer_QW5uIGlzIGEgcGVlciBpZA',
  otherRoomId: '58d0a6c2-91f7-4e3b-8b1d-3c6f72e0a954',
  producerId: '0f6a7c1b-5d42-4e89-b3a0-9e81c2d47f65',
  participantId: 'part_Q2F0IGlzIGEgcGVyc29uIQ',
  peerReconnectToken: 'rt_c2FtcGxlIG9mIGEgcmVjb25uZWN0IHRva2Vu',
  reconnectToken: 'rt_0_c2FtcGxlIG9mIGEgcmVjb25uZWN0IHRva2VuIGluIGE',
  signalingUrl: 'wss://sfu-1.example.com/api/v1/sfu/signaling/ws',
  accountId: '7d3e2a10-4c5b-4f86-8a97-0b1c2d3e4f50',
  checkoutUrl: 'https://checkout.stripe.com/c/pay/cs_live_sample',
  eventId: 'evt_c2FtcGxlIG9mIGFuIGV2ZQ',
  portalUrl: 'https://billing.stripe.com/p/session/live_sample',
  meterEventIdentifier: 'radist-3f0c8f5e-7a51-4d0e-9a53-6c1f0d7b2e10-1793610000',
  otherMeterEventIdentifier: 'radist-3f0c8f5e-7a51-4d0e-9a53-6c1f0d7b2e10-1793610060',
  createdAt: '2026-11-02T09:00:00.000Z',
  joinedAt: '2026-11-02T09:00:04.250Z',
  endedAt: '2026-11-02T09:41:17.800Z',
} as const

export const projectIdParameter: Parameter = {
  in: 'path',
  name: 'projectId',
  description: 'The project to which the secret key belongs.',
  schema: projectIdSchema,
  example: samples.projectId,
}

export const callIdParameter: Parameter = {
  in: 'path',
  name: 'callId',
  description: 'The call, as it was named when it was made.',
  schema: callIdSchema,
  example: samples.callId,
}

export const roomIdParameter: Parameter = {
  in: 'path',
  name: 'roomId',
  description: 'The room, as it was named when it was made.',
  schema: roomIdSchema,
  example: samples.roomId,
}

export const participantIdParameter: Parameter = {
  in: 'path',
  name: 'participantId',
  description: 'The participant, as the room lists it.',
  schema: participantIdSchema,
  example: samples.participantId,
}

export const producerIdParameter: Parameter = {
  in: 'path',
  name: 'producerId',
  description: 'The track, as the room lists it.',
  schema: roomTrackSchema.shape.producerId,
  example: samples.producerId,
}

export const meterEventIdentifierParameter: Parameter = {
  in: 'path',
  name: 'identifier',
  description: 'The meter event, as the list names it.',
  schema: z.string(),
  example: samples.meterEventIdentifier,
}
