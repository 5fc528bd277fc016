/** Calls and rooms in one shape: their lists and pages differ in words only. */
import { dashboardCallsAnswerSchema, dashboardRoomsAnswerSchema } from '@radist-tech/protocol/dashboard'
import { PhoneCall, Video } from 'lucide-react'

export type MediaKind = 'call' | 'room'

/** A call or a room of a list. */
export interface MediaRow {
  id: string
  createdAt: string
  endedAt: string | null
  /** How many ever came; null while it is open. */
  people: number | null
  endedReason: string | null
}

export const callList = dashboardCallsAnswerSchema.transform(({ calls, ...rest }) => ({
  rows: calls.map(({ callId, peers, ...call }): MediaRow => ({ id: callId, people: peers, ...call })),
  ...rest,
}))
export const roomList = dashboardRoomsAnswerSchema.transform(({ rooms, ...rest }) => ({
  rows: rooms.map(
    ({ roomId, participants, ...room }): MediaRow => ({ id: roomId, people: participants, ...room }),
  ),
  ...rest,
}))

export const mediaWords = {
  call: { icon: PhoneCall, one: 'call', many: 'calls', title: 'Calls', people: 'Peers', path: 'calls' },
  room: { icon: Video, one: 'room', many: 'rooms', title: 'Rooms', people: 'Participants', path: 'rooms' },
} as const
