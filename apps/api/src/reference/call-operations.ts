/** P2P calls: what the backend does with the secret key, and browsers with the public key. */
import {
  callAnswerSchema,
  createCallAnswerSchema,
  createCallBodySchema,
  listCallsAnswerSchema,
  mintCallTokenAnswerSchema,
  mintCallTokenBodySchema,
} from '@radist-tech/protocol'
import type { Operation, Refusals } from './operation.ts'
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
import { callIdParameter, projectIdParameter, samples } from './samples.ts'

const { callId, callToken, otherCallToken, mintedCallToken, createdAt, joinedAt, endedAt } = samples

const noSuchCall = { when: 'There is no such call in the project.' }
const callIsOver = { when: 'The call is over, for ever.' }

const mintingRefusals = {
  ...bodyRefusals,
  ...makingRefusals,
  call_not_found: noSuchCall,
  all_peers_connected: { when: 'Both peers are connected: there is no place for another.' },
  call_terminated: callIsOver,
} satisfies Refusals

const tooMany = tooManyTokens('64 tokens of the call')

export const callOperations: readonly Operation[] = [
  {
    id: 'createCall',
    method: 'post',
    path: '/api/v1/projects/{projectId}/calls',
    tag: 'Calls',
    summary: 'Create a call',
    description:
      'Makes a call with two tokens. Hand one to each peer: it lets one peer in, once, until it expires. ' +
      'The body may be left out, or any of its fields: `accessControl` is then what the project’s settings say, ' +
      '`public` unless they were changed.',
    caller: 'backend',
    parameters: [projectIdParameter, idempotencyKeyParameter],
    body: { schema: createCallBodySchema, required: false },
    success: {
      status: 200,
      description: 'The call is made.',
      schema: createCallAnswerSchema,
      examples: {
        public: {
          summary: 'A public call: browsers may mint more tokens with the public key',
          answer: { callId, callTokens: [callToken, otherCallToken] },
        },
        private: {
          summary: 'A private call, whose tokens expire after ten minutes',
          request: { body: { accessControl: 'private', tokenTtlSeconds: 600 } },
          answer: { callId, callTokens: [callToken, otherCallToken] },
        },
        idempotent: {
          summary: 'Safe to send again',
          request: { parameters: { 'Idempotency-Key': 'order-4711' }, body: { accessControl: 'private' } },
          answer: { callId, callTokens: [callToken, otherCallToken] },
        },
      },
    },
    refusals: {
      ...bodyRefusals,
      ...idempotencyRefusals,
      ...backendRefusals,
      ...openingRefusals,
      call_terminated: givenUp,
    },
  },
  {
    id: 'listCalls',
    method: 'get',
    path: '/api/v1/projects/{projectId}/calls',
    tag: 'Calls',
    summary: 'List calls',
    description: "The project's calls, the newest first, ended ones among them.",
    caller: 'backend',
    parameters: [projectIdParameter, ...pageParameters('calls')],
    success: {
      status: 200,
      description: 'A page of calls. `total` counts all of the project’s calls.',
      schema: listCallsAnswerSchema,
      examples: {
        first: {
          summary: 'The newest calls',
          answer: {
            calls: [
              { callId, createdAt, tombstonedAt: null },
              { callId: '1d7f3a86-2c95-4e0b-b64d-f08e9a5c3b71', createdAt, tombstonedAt: endedAt },
            ],
            page: 1,
            limit: 20,
            total: 2,
          },
        },
        beyond: {
          summary: 'A page after the last is empty',
          request: { parameters: { page: 3, limit: 50 } },
          answer: { calls: [], page: 3, limit: 50, total: 2 },
        },
      },
    },
    refusals: {
      ...pageRefusals,
      ...backendRefusals,
    },
  },
  {
    id: 'getCall',
    method: 'get',
    path: '/api/v1/projects/{projectId}/calls/{callId}',
    tag: 'Calls',
    summary: 'Get a call',
    description:
      'Where the call is in its life, and who holds a place in it. Calls that are over can be read too.',
    caller: 'backend',
    parameters: [projectIdParameter, callIdParameter],
    success: {
      status: 200,
      description: 'The call as it is now.',
      schema: callAnswerSchema,
      examples: {
        waiting: {
          summary: 'Nobody has come yet',
          answer: {
            callId,
            accessControl: 'public',
            state: 'waiting',
            createdAt,
            tombstonedAt: null,
            endedReason: null,
            peers: [],
          },
        },
        joined: {
          summary: 'One peer is connected; the other has dropped, and its place is kept',
          answer: {
            callId,
            accessControl: 'public',
            state: 'joined',
            createdAt,
            tombstonedAt: null,
            endedReason: null,
            peers: [
              { peerId: samples.peerId, connected: true, joinedAt, disconnectedAt: null },
              { peerId: samples.otherPeerId, connected: false, joinedAt, disconnectedAt: endedAt },
            ],
          },
        },
        tombstoned: {
          summary: 'It is over: all peers left',
          answer: {
            callId,
            accessControl: 'public',
            state: 'tombstoned',
            createdAt,
            tombstonedAt: endedAt,
            endedReason: 'all-peers-left',
            peers: [],
          },
        },
      },
    },
    refusals: { call_not_found: noSuchCall, ...backendRefusals },
  },
  {
    id: 'endCall',
    method: 'delete',
    path: '/api/v1/projects/{projectId}/calls/{callId}',
    tag: 'Calls',
    summary: 'End a call',
    description:
      'Ends the call at once and for ever. Its peers get `call-ended` with the reason `ended-by-backend`, and their sockets are closed with 4410.',
    caller: 'backend',
    parameters: [projectIdParameter, callIdParameter],
    success: {
      status: 200,
      description: 'The call is over.',
      schema: callAnswerSchema,
      examples: {
        ended: {
          summary: 'It is over',
          answer: {
            callId,
            accessControl: 'public',
            state: 'tombstoned',
            createdAt,
            tombstonedAt: endedAt,
            endedReason: 'ended-by-backend',
            peers: [],
          },
        },
      },
    },
    refusals: { call_not_found: noSuchCall, call_terminated: callIsOver, ...backendRefusals },
  },
  {
    id: 'mintCallToken',
    method: 'post',
    path: '/api/v1/projects/{projectId}/calls/{callId}/token',
    tag: 'Calls',
    summary: 'Mint a call token',
    description: 'One more token for the call, public or private. The body may be left out.',
    caller: 'backend',
    parameters: [projectIdParameter, callIdParameter, idempotencyKeyParameter],
    body: { schema: mintCallTokenBodySchema, required: false },
    success: {
      status: 200,
      description: 'A token that lets one peer in, once.',
      schema: mintCallTokenAnswerSchema,
      examples: {
        hour: { summary: 'Good for an hour', answer: { callToken: mintedCallToken } },
        minute: {
          summary: 'Good for a minute',
          request: { body: { tokenTtlSeconds: 60 } },
          answer: { callToken: mintedCallToken },
        },
      },
    },
    refusals: {
      ...mintingRefusals,
      ...idempotencyRefusals,
      ...backendRefusals,
      too_many_requests: tooMany,
    },
  },
  {
    id: 'mintPublicCallToken',
    method: 'post',
    path: '/api/v1/p2p/calls/{callId}/token',
    tag: 'Calls',
    summary: 'Mint a call token from a browser',
    description:
      'One more token for a public call, for whoever has the public key and the call’s id. Browsers of the ' +
      'project’s allowed origins may ask; all may when it lists none. The body may be left out.',
    caller: 'browser',
    parameters: [callIdParameter],
    body: { schema: mintCallTokenBodySchema, required: false },
    success: {
      status: 200,
      description: 'A token that lets one peer in, once.',
      schema: mintCallTokenAnswerSchema,
      examples: { hour: { summary: 'Good for an hour', answer: { callToken: mintedCallToken } } },
    },
    refusals: {
      ...mintingRefusals,
      call_is_private: { when: 'The call is private: only the secret key mints tokens.' },
      ...browserRefusals,
      too_many_requests: tooMany,
    },
  },
]
