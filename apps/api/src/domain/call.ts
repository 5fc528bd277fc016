/**
 * The life of a P2P call: who may come, who is there, what passes between them, and when it is over.
 * Pure: the Call object stores the state that comes out, then performs the effects in their order.
 */
import type { ApiErrorCode, PeerId, PeerLeftReason } from '@radist-tech/protocol'
import { nextDueAt } from './call-due.ts'
import {
  bothConnected,
  type CallFacts,
  type CallState,
  MAX_PEERS,
  noFrames,
  type Peer,
  peersOf,
  type Token,
} from './call-state.ts'
import { type CallEffect, CallTurn } from './call-turn.ts'
import { framesAfter, isFull } from './frame-buffer.ts'
import type { TakenFrame } from './peer-frame.ts'
import type { Happening } from './timeline.ts'

/** Unused tokens that a call has at most; minting one more is refused. */
export const MAX_PENDING_TOKENS = 64
/** Tokens that are good for nothing any more, of which a call knows the newest to answer with the right text. */
const MAX_STALE_TOKENS = 64

export type CallEvent =
  | { type: 'mint'; by: 'secret-key' | 'public-key'; hash: string; expiresAt: number }
  | { type: 'join'; tokenHash: string; peerId: PeerId; reconnectHash: string }
  | {
      type: 'reconnect'
      peerId: PeerId
      tokenHash: string
      /** The hash of the token that takes the used one's place. */
      nextHash: string
      /** The newest frame that the peer has taken; null when it does not say. */
      lastSeq: number | null
    }
  /** `frame` is null for one that could not be read: it shows no more than that the socket works. */
  | { type: 'frame'; peerId: PeerId; connection: number; frame: TakenFrame | null }
  | { type: 'socket-closed'; peerId: PeerId; connection: number; graceMs: number }
  /** All sockets there are, after the object was away: a peer whose socket is gone has dropped. */
  | { type: 'sockets-seen'; sockets: readonly { peerId: PeerId; connection: number }[]; graceMs: number }
  | { type: 'end' }
  /** Time has passed. */
  | { type: 'clock' }

export type CallRefusal = Extract<
  ApiErrorCode,
  | 'call_is_private'
  | 'call_terminated'
  | 'all_peers_connected'
  | 'too_many_requests'
  | 'invalid_call_token'
  | 'expired_call_token'
  | 'invalid_reconnect_token'
>

export type CallAnswer = { ok: true } | { ok: false; code: CallRefusal }

export interface CallStep {
  state: CallState
  effects: CallEffect[]
  /** For the call's timeline, in the order in which it happened. */
  happened: Happening[]
  answer: CallAnswer
}

const taken: CallAnswer = { ok: true }
const refused = (code: CallRefusal): CallAnswer => ({ ok: false, code })

/** A new call with its first pending tokens. */
export const newCall = (facts: CallFacts, tokens: readonly Omit<Token, 'state'>[]): CallState => ({
  facts,
  life: { kind: 'waiting', tokens: tokens.map((token) => ({ ...token, state: 'pending' })) },
  buffers: noFrames,
})

/** A call that is over before it began: nobody made it in time, but its number is given. */
export const voidedCall = (
  facts: Omit<CallFacts, 'accessControl' | 'hasWebhooks'>,
  now: number,
): CallState => ({
  facts: { ...facts, accessControl: 'private', hasWebhooks: false },
  life: { kind: 'tombstoned', at: now, reason: 'void', everJoined: 0, everConnected: false },
  buffers: noFrames,
})

/** What was due by `now` happens first, at its own time, however late the object was woken. */
export function stepCall(state: CallState, event: CallEvent, now: number): CallStep {
  const turn = new CallTurn(state)
  expire(turn, now)
  const answer = apply(turn, event, now)
  turn.noteConnected(now)
  turn.clearTokensOfFullCall()
  return { state: turn.state(), effects: turn.effects, happened: turn.happened, answer }
}

function expire(turn: CallTurn, now: number): void {
  for (;;) {
    const due = nextDueAt(turn)
    if (due === null || due > now) return
    if (turn.life.kind === 'waiting') turn.tombstone('tokens-expired', due)
    for (const peer of peersOf(turn.life))
      if (peer.presence.kind === 'disconnected' && peer.presence.graceEndsAt === due)
        leave(turn, peer, 'timeout', due)
  }
}

function apply(turn: CallTurn, event: CallEvent, now: number): CallAnswer {
  switch (event.type) {
    case 'mint':
      return mint(turn, event, now)
    case 'join':
      return join(turn, event, now)
    case 'reconnect':
      return reconnect(turn, event, now)
    case 'frame':
      takeFrame(turn, event, now)
      return taken
    case 'socket-closed': {
      const peer = connectedPeer(turn, event)
      if (peer) drop(turn, peer, now, event.graceMs)
      return taken
    }
    case 'sockets-seen':
      for (const peer of peersOf(turn.life)) {
        const seen = event.sockets.some((s) => s.peerId === peer.peerId && s.connection === peer.connection)
        if (peer.presence.kind === 'connected' && !seen) drop(turn, peer, now, event.graceMs)
      }
      return taken
    case 'end':
      if (turn.life.kind === 'tombstoned') return refused('call_terminated')
      turn.tombstone('ended-by-backend', now)
      return taken
    case 'clock':
      return taken
  }
}

type EventOf<T extends CallEvent['type']> = Extract<CallEvent, { type: T }>

function mint(turn: CallTurn, event: EventOf<'mint'>, now: number): CallAnswer {
  const { life } = turn
  if (event.by === 'public-key' && turn.facts.accessControl === 'private') return refused('call_is_private')
  if (life.kind === 'tombstoned') return refused('call_terminated')
  if (bothConnected(life)) return refused('all_peers_connected')
  const isPending = (token: Token) => token.state === 'pending' && token.expiresAt > now
  const pending = life.tokens.filter(isPending)
  if (pending.length >= MAX_PENDING_TOKENS) return refused('too_many_requests')
  const stale = life.tokens.filter((token) => !isPending(token)).slice(-MAX_STALE_TOKENS)
  const { hash, expiresAt } = event
  turn.setTokens([...stale, ...pending, { hash, expiresAt, state: 'pending' }])
  return taken
}

function join(turn: CallTurn, event: EventOf<'join'>, now: number): CallAnswer {
  const { life } = turn
  if (life.kind === 'tombstoned') return refused('call_terminated')
  const token = life.tokens.find(({ hash }) => hash === event.tokenHash)
  if (!token) return refused('invalid_call_token')
  if (token.expiresAt <= now) return refused('expired_call_token')
  const others = peersOf(life)
  if (token.state === 'cleared' && !bothConnected(life)) return refused('invalid_call_token')
  if (token.state === 'cleared' || others.length === MAX_PEERS) return refused('all_peers_connected')
  const { peerId, reconnectHash } = event
  const peer: Peer = {
    peerId,
    polite: others[0] ? !others[0].polite : false,
    joinedAt: now,
    connection: 1,
    presence: { kind: 'connected' },
    reconnectHash,
    previousReconnectHash: null,
  }
  turn.addPeer(
    peer,
    life.tokens.filter((other) => other !== token),
  )
  turn.note('joined', peerId, now)
  turn.greet(peer, [])
  turn.notifyOthers(peerId, { type: 'peer-joined', peerId })
  return taken
}

function reconnect(turn: CallTurn, event: EventOf<'reconnect'>, now: number): CallAnswer {
  if (turn.life.kind === 'tombstoned') return refused('call_terminated')
  const { peerId, tokenHash, nextHash } = event
  const peer = peersOf(turn.life).find((other) => other.peerId === peerId)
  if (!peer) return refused('invalid_reconnect_token')
  const isGood = tokenHash === peer.reconnectHash || tokenHash === peer.previousReconnectHash
  if (!isGood) return refused('invalid_reconnect_token')

  const buffer = turn.buffer(peer)
  const { presence } = peer
  const lastSent = presence.kind === 'disconnected' ? presence.unsentFrom - 1 : buffer.lastSeq
  if (presence.kind === 'connected') turn.hangUp(peer, 'overtaken')
  const back: Peer = {
    ...peer,
    connection: peer.connection + 1,
    presence: { kind: 'connected' },
    reconnectHash: nextHash,
    previousReconnectHash: tokenHash,
  }
  turn.setPeer(back)
  turn.greet(back, framesAfter(buffer, event.lastSeq ?? lastSent))
  if (event.lastSeq !== null) turn.dropFrames(back, event.lastSeq)
  if (presence.kind === 'connected') return taken
  turn.note('resumed', peerId, now)
  turn.notifyOthers(peerId, { type: 'peer-reconnected', peerId })
  return taken
}

function takeFrame(turn: CallTurn, event: EventOf<'frame'>, now: number): void {
  const peer = connectedPeer(turn, event)
  if (!peer) return
  if (peer.previousReconnectHash !== null) turn.setPeer({ ...peer, previousReconnectHash: null })
  if (event.frame === null) return
  if (event.frame.type === 'bye') leave(turn, peer, 'bye', now)
  else relay(turn, peer, event.frame.open)
}

function relay(turn: CallTurn, peer: Peer, open: string): void {
  const other = peersOf(turn.life).find(({ peerId }) => peerId !== peer.peerId)
  if (!other) {
    turn.refuseFrame(peer, 'no-peer')
    return
  }
  const { presence } = other
  const signed = `${open},"from":"${peer.peerId}"`
  // Refused rather than dropped: the sender learns that the other one will miss it.
  const isTooMuch =
    presence.kind === 'disconnected' && isFull(turn.buffer(other), presence.unsentFrom, signed.length + 1)
  if (isTooMuch) turn.refuseFrame(peer, 'too-many-frames')
  else turn.post(other, signed)
}

/** The peer whose newest socket this is, or null for a socket that was overtaken, or has closed. */
function connectedPeer(turn: CallTurn, socket: { peerId: PeerId; connection: number }): Peer | null {
  const peer = peersOf(turn.life).find(({ peerId }) => peerId === socket.peerId)
  return peer?.connection === socket.connection && peer.presence.kind === 'connected' ? peer : null
}

/** The socket is gone; the place is kept for the grace period. */
function drop(turn: CallTurn, peer: Peer, now: number, graceMs: number): void {
  const unsentFrom = turn.buffer(peer).lastSeq + 1
  const presence = { kind: 'disconnected', since: now, graceEndsAt: now + graceMs, unsentFrom } as const
  turn.setPeer({ ...peer, presence })
  turn.note('dropped', peer.peerId, now)
  turn.notifyOthers(peer.peerId, { type: 'peer-disconnected', peerId: peer.peerId })
}

function leave(turn: CallTurn, peer: Peer, reason: PeerLeftReason, at: number): void {
  if (peer.presence.kind === 'connected') turn.hangUp(peer, 'bye')
  turn.note('left', peer.peerId, at, reason)
  const remaining = turn.removePeer(peer)
  if (remaining.length === 0) turn.tombstone('all-peers-left', at)
  else turn.notifyOthers(peer.peerId, { type: 'peer-left', peerId: peer.peerId, reason })
}
