/** SFU rooms: what the backend does with the secret key, and participants with the public key. */
import {
  createRoomAnswerSchema,
  createRoomBodySchema,
  locateRoomBodySchema,
  mintRoomTokenAnswerSchema,
  mintRoomTokenBodySchema,
} from '@radist-tech/protocol'
import type { Operation } from './operation.ts'
import {
  backendRefusals,
  bodyRefusals,
  browserRefusals,
  idempotencyKeyParameter,
  idempotencyRefusals,
} from './refusals.ts'
import { projectIdParameter, roomIdParameter, samples } from './samples.ts'

const { roomId, roomToken, otherRoomToken, mintedRoomToken, signalingUrl, participantId, reconnectToken } =
  samples

const noSuchRoom = { when: 'There is no such room in the project.' }
const roomIsClosed = { when: 'The room is closed, for ever.' }
const noHost = { when: 'No SFU host of the region takes rooms now. Try again in some seconds.' }

export const roomOperations: readonly Operation[] = [
  {
    id: 'createRoom',
    method: 'post',
    path: '/api/v1/projects/{projectId}/rooms',
    tag: 'Rooms',
    summary: 'Create a room',
    description:
      'Makes a room on an SFU host, with two tokens. Each lets one participant in, once, at `signalingUrl`. ' +
      'The body may be left out, or any of its fields.',
    caller: 'backend',
    parameters: [projectIdParameter, idempotencyKeyParameter],
    body: { schema: createRoomBodySchema, required: false },
    success: {
      status: 200,
      description: 'The room is open.',
      schema: createRoomAnswerSchema,
      examples: {
        default: {
          summary: 'For up to 100 participants',
          answer: { roomId, roomTokens: [roomToken, otherRoomToken], signalingUrl },
        },
        small: {
          summary: 'For four, closed a minute after the last one left',
          request: { body: { maxParticipants: 4, emptyTimeoutSeconds: 60, tokenTtlSeconds: 600 } },
          answer: { roomId, roomTokens: [roomToken, otherRoomToken], signalingUrl },
        },
      },
    },
    refusals: {
      ...bodyRefusals,
      ...idempotencyRefusals,
      ...backendRefusals,
      connection_limit_reached: {
        when: 'As many calls and rooms are open as the project may have: 100 unless agreed otherwise.',
      },
      room_closed: { when: 'Making it took longer than 30 s, so it was given up. Try again.' },
      no_host_available: noHost,
    },
  },
  {
    id: 'mintRoomToken',
    method: 'post',
    path: '/api/v1/projects/{projectId}/rooms/{roomId}/token',
    tag: 'Rooms',
    summary: 'Mint a room token',
    description:
      'One more token for the room, with a name for its participant and what it may do there. The body may be left out.',
    caller: 'backend',
    parameters: [projectIdParameter, roomIdParameter, idempotencyKeyParameter],
    body: { schema: mintRoomTokenBodySchema, required: false },
    success: {
      status: 200,
      description: 'A token that lets one participant in, once, at `signalingUrl`.',
      schema: mintRoomTokenAnswerSchema,
      examples: {
        default: {
          summary: 'For somebody who may do everything',
          answer: { roomToken: mintedRoomToken, signalingUrl },
        },
        listener: {
          summary: 'For somebody who only listens',
          request: { body: { identity: 'ann', permissions: { publish: false, data: false } } },
          answer: { roomToken: mintedRoomToken, signalingUrl },
        },
      },
    },
    refusals: {
      ...bodyRefusals,
      ...idempotencyRefusals,
      room_not_found: noSuchRoom,
      room_closed: roomIsClosed,
      ...backendRefusals,
      too_many_requests: {
        when: 'Too many tokens of the room wait already, or too many refused requests came from this address. In the second case `Retry-After` says how long to wait.',
      },
      no_host_available: noHost,
    },
  },
  {
    id: 'locateRoom',
    method: 'post',
    path: '/api/v1/sfu/rooms/{roomId}/locate',
    tag: 'Rooms',
    summary: 'Find a room whose host is gone',
    description:
      'For a participant, or somebody with a token, who cannot reach the room’s host: says where the room is ' +
      'now, and moves it first if its host is lost. The SDK does this by itself.',
    caller: 'browser',
    parameters: [roomIdParameter],
    body: { schema: locateRoomBodySchema, required: true },
    success: {
      status: 200,
      description: 'Where the room is, and a token to be let in there.',
      schema: mintRoomTokenAnswerSchema,
      examples: {
        token: {
          summary: 'Somebody with a token that is not used yet',
          request: { body: { roomToken } },
          answer: { roomToken: mintedRoomToken, signalingUrl },
        },
        participant: {
          summary: 'A participant, who comes back to its place',
          request: { body: { participantId, reconnectToken } },
          answer: { roomToken: mintedRoomToken, signalingUrl },
        },
      },
    },
    refusals: {
      invalid_body: {
        when: 'The body is neither of the two forms.',
        request: { body: { participantId } },
      },
      body_too_large: bodyRefusals.body_too_large,
      invalid_room_token: {
        when: 'The token is not one of ours, or is another room’s.',
        request: { body: { roomToken: 'ct_forged' } },
      },
      used_room_token: { when: 'The token has let somebody in already.' },
      expired_room_token: { when: 'The token has expired.' },
      invalid_reconnect_token: {
        when: 'The reconnect token is not the participant’s, or the participant has left.',
        request: { body: { participantId, reconnectToken: 'rt_0_forged' } },
      },
      room_not_found: {
        when: 'There is no such room.',
        request: { body: { participantId, reconnectToken } },
      },
      room_closed: { when: roomIsClosed.when, request: { body: { participantId, reconnectToken } } },
      no_host_available: noHost,
      ...browserRefusals,
    },
  },
]
