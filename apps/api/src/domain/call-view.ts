/** A call as its backend is shown it. */
import type { CallAnswer } from '@radist-tech/protocol'
import { type CallState, peersOf } from './call-state.ts'

export function viewCall({ facts, life }: CallState): CallAnswer {
  const { callId, accessControl, createdAt } = facts
  const isOver = life.kind === 'tombstoned'
  return {
    callId,
    accessControl,
    state: life.kind,
    createdAt: iso(createdAt),
    tombstonedAt: isOver ? iso(life.at) : null,
    // A call that was never made is one to which nobody came.
    endedReason: !isOver ? null : life.reason === 'void' ? 'tokens-expired' : life.reason,
    peers: peersOf(life).map(({ peerId, presence, ...peer }) => {
      // Not before the call: a peer that was stored without its time has 0.
      const joinedAt = Math.max(peer.joinedAt, createdAt)
      return {
        peerId,
        connected: presence.kind === 'connected',
        joinedAt: iso(joinedAt),
        disconnectedAt: presence.kind === 'connected' ? null : iso(Math.max(presence.since, joinedAt)),
      }
    }),
  }
}

const iso = (time: number): string => new Date(time).toISOString()
