/**
 * Measures the connections of all participants of the host, one slice after another: at most {@link SLICE} of them each
 * {@link TICK_MS}, however many there are, and none while those of the last tick are unanswered. On a large host a
 * quality is older, never dearer.
 */
import type { Participant } from './participant.ts'
import type { Room } from './room.ts'
import type { Rooms } from './rooms.ts'

const SLICE = 10
const TICK_MS = 250
/** Nobody is measured more often than this. */
const ROUND_MS = 2000

export class QualitySampler {
  readonly #rooms: Rooms
  readonly #timer: NodeJS.Timeout
  /** Those of this round who are still to be measured. */
  #round: { room: Room; participant: Participant }[] = []
  #nextRoundAt = 0
  #asking = false

  constructor(rooms: Rooms) {
    this.#rooms = rooms
    this.#timer = setInterval(() => void this.#tick(), TICK_MS)
  }

  close(): void {
    clearInterval(this.#timer)
  }

  async #tick(): Promise<void> {
    if (this.#asking) return
    if (this.#round.length === 0) this.#beginRound()
    this.#asking = true
    const slice = this.#round.splice(0, SLICE)
    // Whose media closes meanwhile has no answer, and is asked again in the next round.
    await Promise.allSettled(slice.map(({ room, participant }) => measure(room, participant)))
    this.#asking = false
  }

  #beginRound(): void {
    const now = performance.now()
    if (now < this.#nextRoundAt) return
    this.#nextRoundAt = now + ROUND_MS
    this.#round = this.#rooms.all.flatMap((room) =>
      [...room.participants.values()].map((participant) => ({ room, participant })),
    )
  }
}

async function measure(room: Room, participant: Participant): Promise<void> {
  const sample = participant.socket ? await participant.media.path.sample() : null
  // Undefined: it has no media yet.
  if (sample === undefined || room.participants.get(participant.id) !== participant) return
  room.qualities.take(participant.id, sample)
}
