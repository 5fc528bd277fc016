/** The connection quality of each of a room's participants; those that changed are told together, once a second at most. */
import type { ConnectionQuality, ParticipantId, RoomNotificationData } from '@radist-tech/protocol'
import { type PathSample, type QualityState, qualityAfter } from '../domain/connection-quality.ts'
import { Throttle } from './throttle.ts'

const TELL_EVERY_MS = 1000

type Qualities = RoomNotificationData<'connectionQuality'>['qualities']

export class ConnectionQualities {
  readonly #states = new Map<ParticipantId, QualityState>()
  readonly #changed = new Set<ParticipantId>()
  readonly #throttle: Throttle

  constructor(tell: (qualities: Qualities) => void) {
    this.#throttle = new Throttle(TELL_EVERY_MS, () => {
      const changed = this.all.filter(({ participantId }) => this.#changed.has(participantId))
      this.#changed.clear()
      if (changed.length > 0) tell(changed)
    })
  }

  get all(): Qualities {
    return [...this.#states].map(([participantId, { quality }]) => ({ participantId, quality }))
  }

  /** Null: it was not measured yet. */
  of(participantId: ParticipantId): ConnectionQuality | null {
    return this.#states.get(participantId)?.quality ?? null
  }

  take(participantId: ParticipantId, sample: PathSample): void {
    const before = this.#states.get(participantId)
    const after = qualityAfter(before, sample)
    this.#states.set(participantId, after)
    if (after.quality === before?.quality) return
    this.#changed.add(participantId)
    this.#throttle.ask()
  }

  forget(participantId: ParticipantId): void {
    this.#states.delete(participantId)
  }
}
