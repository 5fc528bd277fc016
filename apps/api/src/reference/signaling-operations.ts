/** The two WebSockets, as far as OpenAPI can say it: how they are opened and how they are refused. */
import {
  type ApiErrorCode,
  apiErrors,
  callIdSchema,
  closeCodeOf,
  participantIdSchema,
  peerIdSchema,
  roomIdSchema,
} from '@radist-tech/protocol'
import { z } from 'zod'
import type { Operation, Parameter } from './operation.ts'
import { samples } from './samples.ts'

/** Rows of a table in Markdown. */
const closeCodes = (codes: readonly ApiErrorCode[]): string =>
  ['| close code | reason |', '|---|---|']
    .concat(codes.map((code) => `| ${closeCodeOf(code)} | ${apiErrors[code].error} |`))
    .join('\n')

const refusedSocket =
  'Browsers see no status of a failed upgrade. So a socket that is refused is opened and closed at once, ' +
  'with 4000 + the HTTP status and the error’s text as reason:'

const query = (name: string, schema: z.ZodType, description: string, example?: string): Parameter => ({
  in: 'query',
  name,
  schema,
  description,
  ...(example === undefined ? {} : { example }),
})
const publicKey = query('publicKey', z.string(), 'A public key of the project.', samples.publicKey)
const lastSeq = query(
  'lastSeq',
  z.int().min(0),
  'On a reconnection: the `seq` of the newest frame taken. What came after it is sent again.',
)
const reconnectToken = query(
  'reconnectToken',
  z.string(),
  'On a reconnection: the newest that was given out.',
)

export const signalingOperations: readonly Operation[] = [
  {
    id: 'openCallSignaling',
    method: 'get',
    path: '/api/v1/p2p/signaling/ws',
    tag: 'Signaling',
    summary: 'Join a call, or come back to it',
    description: [
      'Opens a peer’s WebSocket. First connection: `publicKey` and `callToken`. Reconnection: `publicKey`, ' +
        '`callId`, `peerId`, `reconnectToken` and, so that no frame is lost, `lastSeq`.',
      'The first frame is `connected`, with the peer’s id, the next reconnect token, its role in perfect ' +
        'negotiation, ICE servers and a snapshot of the call. Then `offer`, `answer` and `candidate` are relayed ' +
        'between the two peers; `bye` leaves for good. Frames are JSON text of at most 64 KiB; all of them are ' +
        'listed in `docs/protocol.md`.',
      refusedSocket,
      closeCodes([
        'invalid_query',
        'invalid_public_key',
        'invalid_call_token',
        'expired_call_token',
        'invalid_reconnect_token',
        'secret_key_in_browser',
        'origin_not_allowed',
        'call_not_found',
        'all_peers_connected',
        'call_terminated',
        'too_many_requests',
      ]),
    ].join('\n\n'),
    caller: 'anyone',
    parameters: [
      publicKey,
      query('callToken', z.string(), 'On a first connection: admits one peer, once.'),
      query('callId', callIdSchema, 'On a reconnection: the call, of `connected`.'),
      query('peerId', peerIdSchema, 'On a reconnection: the peer, of `connected`.'),
      reconnectToken,
      lastSeq,
    ],
    success: {
      status: 101,
      description: 'The socket is open, or refused by its close code.',
      examples: {
        first: {
          summary: 'First connection',
          request: { parameters: { callToken: samples.callToken } },
          answer: undefined,
        },
        reconnection: {
          summary: 'Reconnection',
          request: {
            parameters: {
              callId: samples.callId,
              peerId: samples.peerId,
              reconnectToken: samples.peerReconnectToken,
              lastSeq: 0,
            },
          },
          answer: undefined,
        },
      },
    },
    refusals: {
      upgrade_required: { when: 'The request is no WebSocket upgrade.' },
      secret_key_in_browser: { when: 'A page sent a secret key as `publicKey`, without an upgrade.' },
      internal: {
        when: 'Something failed on our side. Try again.',
        request: { parameters: { callToken: samples.callToken } },
      },
    },
  },
  {
    id: 'openRoomSignaling',
    method: 'get',
    path: '/api/v1/sfu/signaling/ws',
    tag: 'Signaling',
    summary: 'Join a room, or come back to it',
    description: [
      'Opens a participant’s WebSocket on the SFU host itself: at the `signalingUrl` that came with the room ' +
        'token. First connection: `publicKey` and `roomToken`. Reconnection: `publicKey`, `roomId`, ' +
        '`participantId`, `reconnectToken` and, so that no notification is lost, `lastSeq`.',
      'The first frame is `joined` or `resumed`. Then the participant sends requests `{ id, method, data }`, and ' +
        'the host answers each, and sends notifications `{ event, data, seq }`; all of them are listed in ' +
        '`docs/protocol.md`.',
      refusedSocket,
      closeCodes([
        'invalid_query',
        'invalid_public_key',
        'invalid_room_token',
        'used_room_token',
        'expired_room_token',
        'invalid_reconnect_token',
        'room_not_found',
        'room_full',
        'overtaken_epoch',
        'room_closed',
        'no_host_available',
        'control_plane_unreachable',
      ]),
    ].join('\n\n'),
    caller: 'anyone',
    server: { url: 'https://{host}', description: 'The SFU host that `signalingUrl` names.' },
    parameters: [
      publicKey,
      query('roomToken', z.string(), 'On a first connection: admits one participant, once.'),
      query('roomId', roomIdSchema, 'On a reconnection: the room, of `joined`.'),
      query('participantId', participantIdSchema, 'On a reconnection: the participant, of `joined`.'),
      reconnectToken,
      lastSeq,
    ],
    success: { status: 101, description: 'The socket is open, or refused by its close code.', examples: {} },
    refusals: {},
  },
]
