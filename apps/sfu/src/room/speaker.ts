/** Who speaks in a room, and who spoke last, told whenever it changes. */
import type { ParticipantId } from '@radist-tech/protocol'
import { nobodySpeaks, type SpeakerEvent, speakerAfter } from '../domain/active-speaker.ts'

export interface SpeakerEvents {
  speaks(participantId: ParticipantId | null): void
  /** Another one than `former` spoke last. */
  spokeLast(participantId: ParticipantId | null, former: ParticipantId | null): void
}

export class Speaker {
  readonly #events: SpeakerEvents
  #state = nobodySpeaks

  constructor(events: SpeakerEvents) {
    this.#events = events
  }

  get current(): ParticipantId | null {
    return this.#state.speaker
  }

  get last(): ParticipantId | null {
    return this.#state.lastSpeaker
  }

  take(event: SpeakerEvent): void {
    const before = this.#state
    this.#state = speakerAfter(before, event)
    if (this.current !== before.speaker) this.#events.speaks(this.current)
    if (this.last !== before.lastSpeaker) this.#events.spokeLast(this.last, before.lastSpeaker)
  }
}
