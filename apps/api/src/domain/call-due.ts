/** When a call has to be looked at though nothing happens in it. */
import type { CallState } from './call-state.ts'

/** How often a call with connected peers looks whether their sockets are still there, in milliseconds. */
const AUDIT_MS = 300_000

/** When time alone changes the call next, in milliseconds since 1970; null when it does not. */
export function nextDueAt({ life }: Pick<CallState, 'life'>): number | null {
  switch (life.kind) {
    case 'waiting':
      return Math.max(...life.tokens.map((token) => token.expiresAt))
    case 'joined': {
      // Asked for each frame, so without making a list.
      let earliest: number | null = null
      for (const { presence } of life.peers)
        if (presence.kind === 'disconnected' && (earliest === null || presence.graceEndsAt < earliest))
          earliest = presence.graceEndsAt
      return earliest
    }
    case 'tombstoned':
      return null
  }
}

/**
 * When sockets are looked for next, in milliseconds since 1970; null when nobody is connected. The
 * same time whenever one asks, so that the alarm need not be moved at each step.
 */
export function nextAuditAt({ facts, life }: CallState, now: number): number | null {
  const isAnyoneThere =
    life.kind === 'joined' && life.peers.some((peer) => peer.presence.kind === 'connected')
  if (!isAnyoneThere) return null
  return facts.createdAt + (Math.floor((now - facts.createdAt) / AUDIT_MS) + 1) * AUDIT_MS
}
