/** What a host goes through, told to it one by one; also what the truth is computed from. */
import type { MeteredParticipant } from '../../apps/sfu/src/journal/rows.ts'

/** What the world does to a host, at `now` on the schedule's clock, when the host's wall clock shows `wall`. */
export type HostOperation = { now: number; wall: number } & (
  | { do: 'admit'; stay: number; participant: MeteredParticipant }
  | { do: 'alive' | 'resume' | 'leave'; stay: number }
  /** `at`: when the socket ended, or its last sign of life. */
  | { do: 'drop'; stay: number; at: number }
  | { do: 'write' }
)

/** One run of a host's process. */
export interface HostLife {
  /** What it has certainly done, in order. */
  done: HostOperation[]
  /** What it may have done when it was killed. */
  perhaps: HostOperation | null
  /** When it was killed; null when it ended by itself. */
  killedAt: number | null
  /** Stays whose socket died without a word: after the last sign of life nobody was there. */
  muted: Set<number>
}
