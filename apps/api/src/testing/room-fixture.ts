/** Hosts, participants and tokens for the tests of the room machine. */
import { bootIdSchema, hostIdSchema, type ParticipantId, participantIdSchema } from '@radist-tech/protocol'
import { beginPlacement, type OpenRoom, type PendingToken, placed, type RoomHost } from '../domain/room.ts'

const id = (prefix: string, n: number) => `${prefix}_${String(n).padStart(22, '0')}`
export const hostOf = (n: number): RoomHost => ({
  hostId: hostIdSchema.parse(id('sfu', n)),
  bootId: bootIdSchema.parse(id('boot', n)),
  signalingUrl: `ws://host-${n}.test/ws`,
  controlUrl: `http://host-${n}.test`,
})
export const participant = (n: number): ParticipantId => participantIdSchema.parse(id('part', n))
const permissions = { publish: true, subscribe: true, data: true }
export const token = (
  expiresAt: number,
  rejoins: ParticipantId | null = null,
  identity: string | null = null,
): PendingToken => ({
  expiresAt,
  identity,
  permissions,
  rejoins,
})

export function onHost(room: OpenRoom, n: number, now: number): OpenRoom {
  return placed(beginPlacement(room, now).room, hostOf(n), now)
}
