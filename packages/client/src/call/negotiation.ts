/**
 * The decisions of perfect negotiation (W3C WebRTC 1.0, section 10.7), without its flags: all
 * operations on an RTCPeerConnection go through one queue here, so that its signaling state alone
 * says what is under way.
 */

export type DescriptionDecision =
  /** Set it as the remote description (for a colliding offer: after the implicit rollback of one's own). */
  | 'apply'
  /**
   * The first offers of both sides collided. Chromium's rollback of a first offer forgets that its
   * data channel still needs a section: where the other offer orders the sections differently, it
   * refuses the channel's and negotiates for ever. Nothing is connected yet, so a fresh
   * RTCPeerConnection takes the offer instead.
   */
  | 'apply-to-fresh-connection'
  /** Both sides offered, and the other one is polite: it gives way. */
  | 'ignore-colliding-offer'
  /** An answer to an offer that is settled already, as happens when an offer was sent twice. */
  | 'ignore-stale-answer'

export interface NegotiationState {
  signalingState: RTCSignalingState
  /** The role that the server gave: the polite peer gives way when offers collide. */
  polite: boolean
  /** Whether any description of the other peer has been applied. */
  begun: boolean
}

/** What to do with a description from the other peer. */
export function decideOnDescription(
  type: 'offer' | 'answer',
  { signalingState, polite, begun }: NegotiationState,
): DescriptionDecision {
  if (type === 'answer') return signalingState === 'have-local-offer' ? 'apply' : 'ignore-stale-answer'
  if (signalingState !== 'have-local-offer') return 'apply'
  if (!polite) return 'ignore-colliding-offer'
  return begun ? 'apply' : 'apply-to-fresh-connection'
}

/** Whether to make an offer now; when not, the browser asks again as soon as the state is stable. */
export const mayOffer = (signalingState: RTCSignalingState): boolean => signalingState === 'stable'
