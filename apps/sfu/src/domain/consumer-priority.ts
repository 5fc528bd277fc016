/**
 * Who gets a receiver's bandwidth first. mediasoup gives each consumer in the order of its priority as many
 * layers in a round as its priority says, until nothing is left. Sound comes before all of it by itself: what
 * is shared out is what is left beside it.
 */
import type { TrackSource } from '@radist-tech/protocol'

/** mediasoup's own default. */
export const LOWEST_PRIORITY = 1

export function consumerPriority(source: TrackSource, isSpeaker: boolean): number {
  switch (source) {
    case 'microphone':
    case 'screen-audio':
      return 255
    case 'screen':
      return isSpeaker ? 128 : 32
    case 'camera':
      return isSpeaker ? 64 : LOWEST_PRIORITY
    default:
      return source satisfies never
  }
}
