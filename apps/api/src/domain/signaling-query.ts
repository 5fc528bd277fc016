/** The query with which a peer opens the P2P signaling socket. */
import {
  type ApiErrorCode,
  type CallId,
  callIdSchema,
  isWellFormedKey,
  type PeerId,
  parseCallToken,
  peerIdSchema,
  reconnectTokenHash,
} from '@radist-tech/protocol'
import type { CallEvent } from './call.ts'

export type SignalingQuery =
  | { kind: 'join'; callId: CallId; publicKey: string; tokenHash: string }
  | {
      kind: 'reconnect'
      callId: CallId
      publicKey: string
      peerId: PeerId
      tokenHash: string
      /** The newest frame that the peer has taken; null when it does not say. */
      lastSeq: number | null
    }

export type SignalingQueryResult =
  | { ok: true; query: SignalingQuery }
  | {
      ok: false
      code: Extract<
        ApiErrorCode,
        'invalid_query' | `invalid_${'public_key' | 'call_token' | 'reconnect_token'}`
      >
    }

const refused = (code: Extract<SignalingQueryResult, { ok: false }>['code']) => ({ ok: false, code }) as const

/** Reads the query. Says nothing about whether key and tokens are good, but for those that cannot be. */
export function readSignalingQuery(params: URLSearchParams): SignalingQueryResult {
  const known = ['publicKey', 'callToken', 'callId', 'peerId', 'reconnectToken', 'lastSeq']
  if (known.some((name) => params.getAll(name).length > 1)) return refused('invalid_query')
  const publicKey = params.get('publicKey')
  const callToken = params.get('callToken')
  if (!publicKey) return refused('invalid_query')
  if (callToken !== null) {
    if (params.has('peerId') || params.has('reconnectToken')) return refused('invalid_query')
    if (!isWellFormedKey('public', publicKey)) return refused('invalid_public_key')
    const token = parseCallToken(callToken)
    if (!token) return refused('invalid_call_token')
    return { ok: true, query: { kind: 'join', publicKey, callId: token.callId, tokenHash: token.secretHash } }
  }
  const callId = callIdSchema.safeParse(params.get('callId')?.toLowerCase())
  const peerId = peerIdSchema.safeParse(params.get('peerId'))
  const reconnectToken = params.get('reconnectToken')
  const lastSeq = readLastSeq(params.get('lastSeq'))
  if (!callId.success || !peerId.success || reconnectToken === null || lastSeq === 'invalid')
    return refused('invalid_query')
  if (!isWellFormedKey('public', publicKey)) return refused('invalid_public_key')
  const tokenHash = reconnectTokenHash(reconnectToken)
  if (tokenHash === null) return refused('invalid_reconnect_token')
  return {
    ok: true,
    query: { kind: 'reconnect', publicKey, callId: callId.data, peerId: peerId.data, tokenHash, lastSeq },
  }
}

/** What the query asks of the call, with what a peer that is let in is to be given. */
export function callEventOf(
  query: SignalingQuery,
  newPeerId: PeerId,
  reconnectHash: string,
): Extract<CallEvent, { type: 'join' | 'reconnect' }> {
  switch (query.kind) {
    case 'join':
      return { type: 'join', tokenHash: query.tokenHash, peerId: newPeerId, reconnectHash }
    case 'reconnect': {
      const { peerId, tokenHash, lastSeq } = query
      return { type: 'reconnect', peerId, tokenHash, nextHash: reconnectHash, lastSeq }
    }
  }
}

function readLastSeq(text: string | null): number | null | 'invalid' {
  if (text === null) return null
  return /^\d{1,15}$/.test(text) ? Number(text) : 'invalid'
}
