/** A call or a room as the page shows it: the same picture of both, so that one interface serves both. */
import type {
  ConnectionQuality,
  RadistConnection,
  RadistRoomConnection,
  TrackState,
} from '@radist-tech/client'
import type { PlainWords } from '../plain-words.ts'
import type { MeetingStatus } from './meeting-status.ts'

export interface Person {
  id: string
  name: string
  stream: MediaStream | null
  microphone: TrackState
  camera: TrackState
  speaking: boolean
  /** Of its connection to a room's host; null while it is not known, and in calls. */
  quality: ConnectionQuality | null
  /** Its connection dropped, and its place is kept. */
  away: boolean
  /** To be told of the element that shows its picture; the same function throughout. */
  onShown?: (video: HTMLVideoElement) => () => void
}

export interface ChatMessage {
  id: number
  author: string
  own: boolean
  text: string
  /** JSON and binary are shown as code. */
  format: 'text' | 'code'
  at: Date
}

export interface MeetingEnd {
  /** `left`: by oneself; `over`: for everyone; `lost`: the connection could not be kept. */
  why: 'left' | 'over' | 'lost'
  words: PlainWords
}

export interface MeetingView {
  self: Person
  others: readonly Person[]
  messages: readonly ChatMessage[]
  status: MeetingStatus
  canSend: boolean
  /** Something to know that does not end the meeting; null when there is nothing. */
  notice: string | null
  end: MeetingEnd | null
}

export interface Meeting {
  readonly kind: 'call' | 'room'
  readonly connection: RadistConnection | RadistRoomConnection
  /** For `useSyncExternalStore`. */
  subscribe: (listener: () => void) => () => void
  getView: () => MeetingView
  setMicrophone: (enabled: boolean) => void
  setCamera: (enabled: boolean) => void
  sendChat: (text: string) => void
  reconnect: () => void
  leave: () => void
}

/** How the person comes in: chosen before joining. */
export interface JoinChoices {
  name: string
  /** Whether there is such a device, and it is to be used. */
  hasMicrophone: boolean
  hasCamera: boolean
  /** Whether it starts switched on. */
  microphone: boolean
  camera: boolean
  videoConstraints: MediaTrackConstraints
}

export const channelsOf = (choices: JoinChoices): ('audio' | 'video' | 'data')[] => [
  ...(choices.hasMicrophone ? ['audio' as const] : []),
  ...(choices.hasCamera ? ['video' as const] : []),
  'data',
]

export const stateOf = (present: boolean, enabled: boolean): TrackState => {
  if (!present) return 'absent'
  return enabled ? 'live' : 'muted'
}
