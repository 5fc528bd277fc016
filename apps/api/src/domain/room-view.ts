/** A room as its backend is shown it. */
import type { RoomAnswer, RoomId, RosterAnswer } from '@radist-tech/protocol'
import type { Room } from './room.ts'

/** @param told what its host says of who is in it; null when it did not say, or nobody asked */
export function viewRoom(roomId: RoomId, room: Room, told: RosterAnswer | null): RoomAnswer {
  const createdAt = iso(room.createdAt)
  if (room.kind === 'closed') {
    const { closedAt, reason } = room
    // A room that was never made is one that no host took.
    const closedReason = reason === 'void' ? 'not-placed' : reason
    return {
      roomId,
      state: 'closed',
      createdAt,
      closedAt: iso(closedAt),
      closedReason,
      live: true,
      participants: [],
    }
  }
  const atHost = new Map(told?.participants.map((participant) => [participant.participantId, participant]))
  const participants = [...room.roster].map(([participantId, { identity, admittedAt }]) => {
    const seen = atHost.get(participantId)
    return {
      participantId,
      identity,
      joinedAt: iso(admittedAt),
      // Admitted, and not there yet.
      connected: told === null ? null : (seen?.connected ?? false),
      tracks: told === null ? null : (seen?.tracks ?? []),
      quality: seen?.quality ?? null,
    }
  })
  const live = told !== null || participants.length === 0
  return { roomId, state: 'open', createdAt, closedAt: null, closedReason: null, live, participants }
}

const iso = (time: number): string => new Date(time).toISOString()
