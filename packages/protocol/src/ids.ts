/**
 * Identifiers that cross process boundaries.
 *
 * Calls, rooms and projects are UUIDs, since customers store them; what lives only as long as a
 * connection carries a prefix that says what it is.
 */
import { base64url } from 'jose'
import { z } from 'zod'

export const uuidSchema = z.uuid()

export const callIdSchema = uuidSchema.brand<'CallId'>()
export type CallId = z.infer<typeof callIdSchema>

export const roomIdSchema = uuidSchema.brand<'RoomId'>()
export type RoomId = z.infer<typeof roomIdSchema>

export const projectIdSchema = uuidSchema.brand<'ProjectId'>()
export type ProjectId = z.infer<typeof projectIdSchema>

/** 128 random bits behind a prefix: not guessable within the life of a call. */
const prefixedId = (prefix: string) => z.string().regex(new RegExp(`^${prefix}_[A-Za-z0-9_-]{22}$`))

/** A peer of a P2P call. */
export const peerIdSchema = prefixedId('peer').brand<'PeerId'>()
export type PeerId = z.infer<typeof peerIdSchema>

/** A participant of a room; kept over reconnections and moves between hosts. */
export const participantIdSchema = prefixedId('part').brand<'ParticipantId'>()
export type ParticipantId = z.infer<typeof participantIdSchema>

/** One piece of usage; the ledger takes each id once. */
export const usageRecordIdSchema = prefixedId('use').brand<'UsageRecordId'>()
export type UsageRecordId = z.infer<typeof usageRecordIdSchema>

/** An SFU host: derived from its public key (see `host-identity.ts`), so it cannot be chosen. */
export const hostIdSchema = prefixedId('sfu').brand<'HostId'>()
export type HostId = z.infer<typeof hostIdSchema>

/** One run of an SFU host's process: a host that restarts has forgotten its rooms. */
export const bootIdSchema = prefixedId('boot').brand<'BootId'>()
export type BootId = z.infer<typeof bootIdSchema>

const randomSuffix = () => base64url.encode(crypto.getRandomValues(new Uint8Array(16)))

export const newCallId = (): CallId => callIdSchema.parse(crypto.randomUUID())
export const newRoomId = (): RoomId => roomIdSchema.parse(crypto.randomUUID())
export const newPeerId = (): PeerId => peerIdSchema.parse(`peer_${randomSuffix()}`)
export const newParticipantId = (): ParticipantId => participantIdSchema.parse(`part_${randomSuffix()}`)
export const newUsageRecordId = (): UsageRecordId => usageRecordIdSchema.parse(`use_${randomSuffix()}`)
export const newBootId = (): BootId => bootIdSchema.parse(`boot_${randomSuffix()}`)
/** An id of a signed message (`jti`), by which a replay is recognised. */
export const newJti = (): string => randomSuffix()
