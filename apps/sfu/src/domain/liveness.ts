/** When a socket is asked for a sign of life, when it is given up, and until when it counts as connected. */

/** A socket that was silent this long is pinged. */
export const PING_AFTER_MS = 2000
/** A socket heard from within this time is taken to be alive now: one ping and a slow answer. */
export const FRESH_MS = 3000

export type LivenessVerdict = 'fine' | 'ping' | 'dead'

/** @param silenceLimitMs a socket that was silent this long is half-open */
export function livenessOf(aliveAt: number, now: number, silenceLimitMs: number): LivenessVerdict {
  const silentMs = now - aliveAt
  if (silentMs >= silenceLimitMs) return 'dead'
  return silentMs >= PING_AFTER_MS ? 'ping' : 'fine'
}

/** How a socket ended: its close was seen, it was found half-open, or a newer socket took its place. */
export type SocketEnding = 'closed' | 'silent' | 'overtaken'

/** Until when a socket that ended this way was connected. An overtaken one may have been half-open already. */
export function connectedUntil(ending: SocketEnding, aliveAt: number, now: number): number {
  switch (ending) {
    case 'closed':
      return now
    case 'silent':
      return aliveAt
    case 'overtaken':
      return now - aliveAt <= FRESH_MS ? now : aliveAt
    default:
      return ending satisfies never
  }
}
