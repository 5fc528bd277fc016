/**
 * How good a participant's connection is, from what is lost and how long a round trip takes on its transports.
 * A single bad or good moment changes nothing: a worse one must be seen twice in a row, a better one three times.
 */
import type { ConnectionQuality } from '@radist-tech/protocol'

/** What was measured. `null`: the participant cannot be reached. */
export type PathSample = {
  /** The worse direction's: 0 to 1. */
  loss: number
  /** Null while nothing has told it. */
  roundTripMs: number | null
  /** Of what the participant sends, by mediasoup: 0 (nothing comes) to 10; null when it sends nothing. */
  score: number | null
} | null

export interface QualityState {
  quality: ConnectionQuality
  /** What the last samples in a row said instead. */
  tends: { to: ConnectionQuality; seen: number } | null
}

/** Up to which it is so. Beyond 400 ms one way, conversation suffers (ITU-T G.114); 150 ms go unnoticed. */
const EXCELLENT = { loss: 0.02, roundTripMs: 300, score: 8 }
const GOOD = { loss: 0.08, roundTripMs: 800, score: 5 }

const WORSE_AFTER = 2
const BETTER_AFTER = 3
const rank: Record<ConnectionQuality, number> = { lost: 0, poor: 1, good: 2, excellent: 3 }

export function qualityOf(sample: PathSample): ConnectionQuality {
  if (!sample) return 'lost'
  if (isWithin(sample, EXCELLENT)) return 'excellent'
  return isWithin(sample, GOOD) ? 'good' : 'poor'
}

/** The state after one more sample. That a participant is lost, or is back, counts at once. */
export function qualityAfter(state: QualityState | undefined, sample: PathSample): QualityState {
  const seen = qualityOf(sample)
  if (!state || seen === 'lost' || state.quality === 'lost') return { quality: seen, tends: null }
  if (seen === state.quality) return { quality: seen, tends: null }
  const count = state.tends?.to === seen ? state.tends.seen + 1 : 1
  const needed = rank[seen] < rank[state.quality] ? WORSE_AFTER : BETTER_AFTER
  if (count >= needed) return { quality: seen, tends: null }
  return { quality: state.quality, tends: { to: seen, seen: count } }
}

const isWithin = (sample: NonNullable<PathSample>, limit: typeof GOOD): boolean =>
  sample.loss <= limit.loss &&
  (sample.roundTripMs === null || sample.roundTripMs <= limit.roundTripMs) &&
  (sample.score === null || sample.score >= limit.score)
