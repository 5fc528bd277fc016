/** What has to be true of a call after any step, in words of its own. Each throws when it is not. */
import type { PeerId } from '@radist-tech/protocol'
import { type CallEvent, MAX_PENDING_TOKENS } from '../domain/call.ts'
import { nextDueAt } from '../domain/call-due.ts'
import type { CallState, Peer } from '../domain/call-state.ts'

export const check = (truth: boolean, what: string): void => {
  if (!truth) throw new Error(what)
}
export const peersOf = ({ life }: CallState): readonly Peer[] => (life.kind === 'joined' ? life.peers : [])
export const isConnected = (peer: Peer): boolean => peer.presence.kind === 'connected'

/** A call ends by the rules, once. */
export function checkEnd(before: CallState, after: CallState, event: CallEvent, now: number): void {
  if (before.life.kind === 'tombstoned') {
    check(JSON.stringify(after.life) === JSON.stringify(before.life), 'a tombstone is for ever')
    return
  }
  if (after.life.kind !== 'tombstoned') return
  switch (after.life.reason) {
    case 'tokens-expired':
      check(before.life.kind === 'waiting', 'tokens expire a call to which nobody came')
      return
    case 'all-peers-left':
      for (const { presence, peerId } of peersOf(before)) {
        const isTimeout = presence.kind === 'disconnected' && presence.graceEndsAt <= now
        const isBye = event.type === 'frame' && event.frame?.type === 'bye' && event.peerId === peerId
        check(isTimeout || isBye, 'a call with a peer is not over')
      }
      return
    case 'ended-by-backend':
      check(event.type === 'end', 'only the backend ends a call')
  }
}

/** `rows`: the numbers of the frames in storage, by peer. */
export function checkState(state: CallState, rows: ReadonlyMap<PeerId, number[]>, now: number): void {
  const { life, buffers } = state
  const due = nextDueAt(state)
  check(due === null || due > now, 'what is due has happened')
  const peers = peersOf(state)
  const ids = new Set(peers.map((peer) => peer.peerId))
  check(peers.length <= 2 && ids.size === peers.length, 'two peers at most')
  check(life.kind !== 'joined' || peers.length > 0, 'a call without peers is over')
  check(peers.length < 2 || peers[0]?.polite !== peers[1]?.polite, 'roles are opposite')
  if (life.kind !== 'tombstoned') {
    const pending = life.tokens.filter((token) => token.state === 'pending')
    const waiting = pending.filter((token) => token.expiresAt > now)
    check(pending.length === 0 || peers.filter(isConnected).length < 2, 'no token waits while both are there')
    check(waiting.length <= MAX_PENDING_TOKENS, 'tokens are bounded')
  }
  check(
    [...buffers.keys(), ...rows.keys()].every((id) => ids.has(id)),
    'nothing is held for who is gone',
  )
  for (const [peerId, buffer] of buffers) {
    const held = buffer.held.map((frame) => frame.seq)
    check(held.join() === (rows.get(peerId) ?? []).join(), 'storage holds what the state says')
    check(held.at(-1) === buffer.lastSeq, 'the newest number is in storage')
  }
}
