/**
 * Who speaks in a room, from what the observers of its routers say. Each router hears the microphones
 * that are on it: who dominates there, and how loud it is. The loudest router's dominant one is the
 * room's speaker. A router tells who dominates only when that changes, so it says nothing of one who speaks again
 * after a mute, and may have said it before the microphone was known here: then the loudest one dominates.
 */
import type { ParticipantId } from '@radist-tech/protocol'

interface RouterSound {
  /** Who dominated last, though it may be silent now. */
  dominant: ParticipantId | null
  /** Of the loudest there, in dBov (-127 to 0); null: silence. */
  volume: number | null
}

export interface SpeakerState {
  /** By the router's id: those from which anything was heard. */
  routers: ReadonlyMap<string, RouterSound>
  speaker: ParticipantId | null
  /** Who spoke last and is not gone: goes on to be it in the pauses of speech, when nobody is the speaker. */
  lastSpeaker: ParticipantId | null
}

export type SpeakerEvent =
  | { type: 'dominates'; routerId: string; participantId: ParticipantId }
  /** `loudest`: null when it is nobody who is known. */
  | { type: 'sound'; routerId: string; volume: number; loudest: ParticipantId | null }
  | { type: 'silence'; routerId: string }
  /** The participant left, or its microphone is closed or muted. */
  | { type: 'gone'; participantId: ParticipantId }

export const nobodySpeaks: SpeakerState = { routers: new Map(), speaker: null, lastSpeaker: null }

/** Who speaks goes on to do so until one on another router is louder by this, in dB: else two would alternate. */
const LEAD_DB = 6
/** Of one that dominates before its volume is known. */
const FAINTEST = -127
const silent: RouterSound = { dominant: null, volume: null }

/** The new state; the room is told when its `speaker` is another, and serves its `lastSpeaker` first. */
export function speakerAfter(state: SpeakerState, event: SpeakerEvent): SpeakerState {
  const routers = routersAfter(state.routers, event)
  const speaker = speakerOf(routers, state.speaker)
  const isGone = event.type === 'gone' && event.participantId === state.lastSpeaker
  return { routers, speaker, lastSpeaker: speaker ?? (isGone ? null : state.lastSpeaker) }
}

function routersAfter(before: SpeakerState['routers'], event: SpeakerEvent): SpeakerState['routers'] {
  const routers = new Map(before)
  if (event.type === 'gone') {
    for (const [routerId, { dominant }] of before) {
      if (dominant === event.participantId) routers.delete(routerId)
    }
    return routers
  }
  const sound = before.get(event.routerId) ?? silent
  switch (event.type) {
    case 'dominates':
      return routers.set(event.routerId, {
        dominant: event.participantId,
        volume: sound.volume ?? FAINTEST,
      })
    case 'sound':
      return routers.set(event.routerId, { dominant: sound.dominant ?? event.loudest, volume: event.volume })
    case 'silence':
      return routers.set(event.routerId, { ...sound, volume: null })
    default:
      return event satisfies never
  }
}

function speakerOf(routers: SpeakerState['routers'], current: ParticipantId | null): ParticipantId | null {
  let speaker: ParticipantId | null = null
  let loudest = Number.NEGATIVE_INFINITY
  for (const { dominant, volume } of routers.values()) {
    if (dominant === null || volume === null) continue
    const weight = dominant === current ? volume + LEAD_DB : volume
    if (weight > loudest) {
      speaker = dominant
      loudest = weight
    }
  }
  return speaker
}
