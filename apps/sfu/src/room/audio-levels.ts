/** How loud those are who can be heard in a room, on whichever router they are heard. */
import type { ParticipantId, RoomNotificationData } from '@radist-tech/protocol'
import { Throttle } from './throttle.ts'

const TELL_EVERY_MS = 500

type Levels = RoomNotificationData<'audioLevels'>['levels']

export class AudioLevels {
  /** By the router's id; those on which it is silent are not there. */
  readonly #routers = new Map<string, Levels>()
  readonly #throttle: Throttle

  constructor(tell: (levels: Levels) => void) {
    this.#throttle = new Throttle(TELL_EVERY_MS, () => tell([...this.#routers.values()].flat()))
  }

  heard(routerId: string, levels: Levels): void {
    this.#routers.set(routerId, levels)
    this.#throttle.ask()
  }

  silence(routerId: string): void {
    if (this.#routers.delete(routerId)) this.#throttle.ask()
  }

  /** The participant left, or its microphone is closed or muted. */
  gone(participantId: ParticipantId): void {
    for (const [routerId, levels] of this.#routers) {
      const others = levels.filter((level) => level.participantId !== participantId)
      if (others.length < levels.length) this.heard(routerId, others)
    }
  }
}
