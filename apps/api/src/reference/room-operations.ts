/** SFU rooms: what the backend does with the secret key, and participants with the public key. */
import {
  createRoomAnswerSchema,
  createRoomBodySchema,
  listRoomsAnswerSchema,
  locateRoomBodySchema,
  mintRoomTokenAnswerSchema,
  mintRoomTokenBodySchema,
  muteTrackAnswerSchema,
  muteTrackBodySchema,
  removeParticipantAnswerSchema,
  roomAnswerSchema,
} from '@radist-tech/protocol'
import type { Operation } from './operation.ts'
import {
  backendRefusals,
  bodyRefusals,
  browserRefusals,
  givenUp,
  idempotencyKeyParameter,
  idempotencyRefusals,
  makingRefusals,
  openingRefusals,
  pageParameters,
  pageRefusals,
  tooManyTokens,
} from './refusals.ts'
import {
  participantIdParameter,
  producerIdParameter,
  projectIdParameter,
  roomIdParameter,
  samples,
} from './samples.ts'

const { roomId, roomToken, otherRoomToken, mintedRoomToken, signalingUrl, participantId, reconnectToken } =
  samples

const noSuchRoom = { when: 'There is no such room in the project.' }
const roomIsClosed = { when: 'The room is closed, for ever.' }
const noSuchParticipant = { when: 'Nobody of this id has a place in the room, or not any more.' }
const openRoom = { roomId, state: 'open', createdAt: samples.createdAt, closedAt: null, closedReason: null }
const closedRoom = {
  roomId,
  state: 'closed',
  createdAt: samples.createdAt,
  closedAt: samples.endedAt,
  closedReason: 'closed-by-backend',
  live: true,
  participants: [],
}
const camera = { producerId: samples.producerId, kind: 'video', source: 'camera', muted: false }
const ann = { participantId, identity: 'ann', joinedAt: samples.joinedAt }
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
      ...openingRefusals,
      usage_limit_reached: {
        when: 'The month’s usage has reached the limit at which the project stops (`PUT …/usage/budget`).',
      },
      room_closed: givenUp,
      no_host_available: noHost,
    },
  },
  {
    id: 'listRooms',
    method: 'get',
    path: '/api/v1/projects/{projectId}/rooms',
    tag: 'Rooms',
    summary: 'List rooms',
    description: "The project's rooms, the newest first, closed ones among them.",
    caller: 'backend',
    parameters: [projectIdParameter, ...pageParameters('rooms')],
    success: {
      status: 200,
      description: 'A page of rooms. `total` counts all of the project’s rooms.',
      schema: listRoomsAnswerSchema,
      examples: {
        first: {
          summary: 'The newest rooms',
          answer: {
            rooms: [
              { roomId, createdAt: samples.createdAt, closedAt: null },
              { roomId: samples.otherRoomId, createdAt: samples.createdAt, closedAt: samples.endedAt },
            ],
            page: 1,
            limit: 20,
            total: 2,
          },
        },
        beyond: {
          summary: 'A page after the last is empty',
          request: { parameters: { page: 3, limit: 50 } },
          answer: { rooms: [], page: 3, limit: 50, total: 2 },
        },
      },
    },
    refusals: {
      ...pageRefusals,
      ...backendRefusals,
    },
  },
  {
    id: 'getRoom',
    method: 'get',
    path: '/api/v1/projects/{projectId}/rooms/{roomId}',
    tag: 'Rooms',
    summary: 'Get a room',
    description:
      'Whether the room is open, and who is in it with which tracks and how good a connection, asked of its host. ' +
      'When that does not answer within 3 s, `live` is false, and `connected`, `tracks` and `quality` are null. ' +
      '`quality` is null too until it is measured, some seconds after the participant’s media began. Closed ' +
      'rooms can be read too.',
    caller: 'backend',
    parameters: [projectIdParameter, roomIdParameter],
    success: {
      status: 200,
      description: 'The room as it is now.',
      schema: roomAnswerSchema,
      examples: {
        live: {
          summary: 'Somebody is in, with the camera on',
          answer: {
            ...openRoom,
            live: true,
            participants: [{ ...ann, connected: true, tracks: [camera], quality: 'excellent' }],
          },
        },
        silentHost: {
          summary: 'The host does not answer',
          answer: {
            ...openRoom,
            live: false,
            participants: [{ ...ann, connected: null, tracks: null, quality: null }],
          },
        },
        closed: { summary: 'It is closed', answer: closedRoom },
      },
    },
    refusals: { room_not_found: noSuchRoom, ...backendRefusals },
  },
  {
    id: 'closeRoom',
    method: 'delete',
    path: '/api/v1/projects/{projectId}/rooms/{roomId}',
    tag: 'Rooms',
    summary: 'Close a room',
    description:
      'Closes the room at once and for ever. Its participants get `closed` with the reason ' +
      '`closed-by-backend`, and their sockets are closed with 4410; a host that is out of reach tells them when it is back.',
    caller: 'backend',
    parameters: [projectIdParameter, roomIdParameter],
    success: {
      status: 200,
      description: 'The room is closed.',
      schema: roomAnswerSchema,
      examples: { closed: { summary: 'It is closed', answer: closedRoom } },
    },
    refusals: { room_not_found: noSuchRoom, room_closed: roomIsClosed, ...backendRefusals },
  },
  {
    id: 'removeParticipant',
    method: 'delete',
    path: '/api/v1/projects/{projectId}/rooms/{roomId}/participants/{participantId}',
    tag: 'Rooms',
    summary: 'Remove a participant',
    description:
      'Ends the participant’s stay. It gets `removed`, its socket is closed with 4410, and it cannot come back ' +
      'with its reconnect token; with a new room token the same identity may join again. A host that is out of ' +
      'reach carries it out when it is back.',
    caller: 'backend',
    parameters: [projectIdParameter, roomIdParameter, participantIdParameter],
    success: {
      status: 200,
      description: 'The place is free.',
      schema: removeParticipantAnswerSchema,
      examples: { removed: { summary: 'It is out', answer: { participantId } } },
    },
    refusals: {
      room_not_found: noSuchRoom,
      room_closed: roomIsClosed,
      participant_not_found: noSuchParticipant,
      ...backendRefusals,
    },
  },
  {
    id: 'muteTrack',
    method: 'post',
    path: '/api/v1/projects/{projectId}/rooms/{roomId}/participants/{participantId}/tracks/{producerId}/mute',
    tag: 'Rooms',
    summary: 'Mute a track',
    description:
      'Mutes a track at the host, for everybody; its participant is told, and may unmute it. `muted: false` takes ' +
      'back a mute of the backend’s: a track that its participant muted stays muted. To keep somebody silent, ' +
      'remove them and mint a token that does not permit to publish.',
    caller: 'backend',
    parameters: [projectIdParameter, roomIdParameter, participantIdParameter, producerIdParameter],
    body: { schema: muteTrackBodySchema, required: true },
    success: {
      status: 200,
      description: 'The track as it is now.',
      schema: muteTrackAnswerSchema,
      examples: {
        muted: {
          summary: 'A camera is muted',
          request: { body: { muted: true } },
          answer: { ...camera, muted: true },
        },
      },
    },
    refusals: {
      invalid_body: {
        when: 'The body is not `{ muted }` with true or false.',
        request: { body: { muted: 1 } },
      },
      body_too_large: bodyRefusals.body_too_large,
      room_not_found: noSuchRoom,
      room_closed: roomIsClosed,
      participant_not_found: noSuchParticipant,
      track_not_found: { when: 'The participant has no such track, or not any more.' },
      host_unreachable: {
        when: 'The room’s host does not answer; a host that is gone has lost the track. Try again in some seconds.',
      },
      ...backendRefusals,
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
        speaker: {
          summary: 'For somebody who is heard, but not seen',
          request: { body: { identity: 'bob', permissions: { publish: ['microphone'] } } },
          answer: { roomToken: mintedRoomToken, signalingUrl },
        },
      },
    },
    refusals: {
      ...bodyRefusals,
      ...makingRefusals,
      ...idempotencyRefusals,
      room_not_found: noSuchRoom,
      room_closed: roomIsClosed,
      ...backendRefusals,
      too_many_requests: tooManyTokens('10,000 tokens of the room'),
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
