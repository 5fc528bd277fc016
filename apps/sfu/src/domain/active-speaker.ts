/** Who speaks, from what mediasoup's two observers say: the dominant speaker, and whether there is sound at all. */
import type { ParticipantId } from '@radist-tech/protocol'

export interface SpeakerState {
  /** Who dominated last, though it may be silent now. */
  dominant: ParticipantId | null
  silent: boolean
}

export type SpeakerEvent =
  | { type: 'dominates'; participantId: ParticipantId }
  | { type: 'sound' }
  | { type: 'silence' }
  /** The participant left, or its microphone is closed or muted. */
  | { type: 'gone'; participantId: ParticipantId }

export const nobodySpeaks: SpeakerState = { dominant: null, silent: true }

/** The new state; the room is told when {@link speakerOf} differs. */
export function speakerAfter(state: SpeakerState, event: SpeakerEvent): SpeakerState {
  switch (event.type) {
    case 'dominates':
      return { dominant: event.participantId, silent: false }
    case 'sound':
      return { ...state, silent: false }
    case 'silence':
      return { ...state, silent: true }
    case 'gone':
      return state.dominant === event.participantId ? nobodySpeaks : state
    default:
      return event satisfies never
  }
}

export const speakerOf = (state: SpeakerState): ParticipantId | null => (state.silent ? null : state.dominant)
