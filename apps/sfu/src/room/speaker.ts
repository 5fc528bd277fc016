/** Who speaks in a room, told whenever it changes. */
import type { ParticipantId } from '@radist-tech/protocol'
import { nobodySpeaks, type SpeakerEvent, speakerAfter } from '../domain/active-speaker.ts'

type SpeakerListener = (participantId: ParticipantId | null, former: ParticipantId | null) => void

export class Speaker {
  readonly #tell: SpeakerListener
  #state = nobodySpeaks

  constructor(tell: SpeakerListener) {
    this.#tell = tell
  }

  get current(): ParticipantId | null {
    return this.#state.speaker
  }

  take(event: SpeakerEvent): void {
    const before = this.current
    this.#state = speakerAfter(this.#state, event)
    if (this.current !== before) this.#tell(this.current, before)
  }
}
