/** Who speaks in a room, told whenever it changes. */
import type { ParticipantId } from '@radist-tech/protocol'
import { nobodySpeaks, type SpeakerEvent, speakerAfter } from '../domain/active-speaker.ts'

export class Speaker {
  readonly #tell: (participantId: ParticipantId | null) => void
  #state = nobodySpeaks

  constructor(tell: (participantId: ParticipantId | null) => void) {
    this.#tell = tell
  }

  get current(): ParticipantId | null {
    return this.#state.speaker
  }

  take(event: SpeakerEvent): void {
    const before = this.current
    this.#state = speakerAfter(this.#state, event)
    if (this.current !== before) this.#tell(this.current)
  }
}
