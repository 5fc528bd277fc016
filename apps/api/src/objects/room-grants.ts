/** Tokens of a room: what they say, and that each claim gets its own once. */
import { hostIdSchema, newJti, type ParticipantId, type RoomTokenClaims } from '@radist-tech/protocol'
import { z } from 'zod'
import { hasLapsed } from '../domain/idempotency.ts'
import { mintToken, type PendingToken } from '../domain/room.ts'
import { GrantedTokens } from './granted-tokens.ts'
import type { RoomRecord } from './room-record.ts'

/** How long a participant whose host is lost has to come to the new one with the token it was given. */
const REJOIN_TTL_MS = 120_000

/** What a token is to say; the room adds where it is. */
export type TokenWish = Omit<PendingToken, 'rejoins' | 'expiresAt'> & { ttlMs: number }
/** A token under an idempotency key: its id, and the time from which on it is good. */
export type ClaimedWish = TokenWish & { claim: { jti: string; claimedAt: number } }

export type Refusal<C extends string> = { ok: false; code: C }
export type MintRefusal = 'room_not_found' | 'room_closed' | 'no_host_available' | 'too_many_requests'
/** `claims` are what the caller signs. */
export type TokenGrant = { ok: true; claims: RoomTokenClaims } | Refusal<MintRefusal>
/** `claim_lapsed`: nothing has come of this claim, and nothing will. */
export type ClaimedGrant = TokenGrant | Refusal<'claim_lapsed'>

/** Where a token says that the room is. */
const tokenHostSchema = z.object({ hostId: hostIdSchema, signalingUrl: z.string() })
type TokenHost = z.infer<typeof tokenHostSchema>

export const noHost = { ok: false, code: 'no_host_available' } as const

export class RoomGrants {
  readonly #record: RoomRecord
  readonly #granted: GrantedTokens

  constructor(record: RoomRecord, storage: DurableObjectStorage) {
    this.#record = record
    this.#granted = new GrantedTokens(storage)
  }

  grant({ identity, permissions, ttlMs }: TokenWish): TokenGrant {
    const expiresAt = Date.now() + ttlMs
    return this.#grantToken(newJti(), { identity, permissions, expiresAt, rejoins: null })
  }

  grantOnce(wish: ClaimedWish): ClaimedGrant {
    const given = this.givenBefore(wish)
    if (given) return given
    const now = Date.now()
    const { identity, permissions, ttlMs, claim } = wish
    // Looked at here, after the room was placed: whoever comes later must come to the same end.
    if (hasLapsed(claim.claimedAt, now)) return { ok: false, code: 'claim_lapsed' }
    const expiresAt = claim.claimedAt + ttlMs
    const grant = this.#grantToken(claim.jti, { identity, permissions, expiresAt, rejoins: null })
    if (grant.ok) {
      const { hostId, signalingUrl } = grant.claims
      this.#granted.put(claim.jti, JSON.stringify({ hostId, signalingUrl }), claim.claimedAt, now)
    }
    return grant
  }

  /** The token that was given out under the wish's claim, whatever has become of it and of the room. */
  givenBefore({ identity, permissions, ttlMs, claim }: ClaimedWish): TokenGrant | null {
    const note = this.#granted.find(claim.jti)
    if (note === null) return null
    const host = this.#host ?? tokenHostSchema.parse(JSON.parse(note))
    return this.#claims(claim.jti, { identity, permissions, expiresAt: claim.claimedAt + ttlMs }, host)
  }

  grantRejoin(participantId: ParticipantId): TokenGrant {
    const participant = this.#record.open?.roster.get(participantId)
    if (!participant) return { ok: false, code: 'room_not_found' }
    const { identity, permissions } = participant
    const expiresAt = Date.now() + REJOIN_TTL_MS
    return this.#grantToken(newJti(), { identity, permissions, expiresAt, rejoins: participantId })
  }

  #grantToken(jti: string, token: PendingToken): TokenGrant {
    const room = this.#record.stored?.room
    if (!room) return { ok: false, code: 'room_not_found' }
    const minted = this.#record.apply(mintToken(room, jti, token, Date.now()))
    return minted.ok ? this.claimsOf(jti) : minted
  }

  claimsOf(jti: string): TokenGrant {
    const token = this.#record.open?.pending.get(jti)
    const host = this.#host
    return token && host ? this.#claims(jti, token, host) : noHost
  }

  /** The host where the open room is, or null. */
  get #host(): TokenHost | null {
    const placement = this.#record.open?.placement
    return placement?.kind === 'on-host' ? placement.host : null
  }

  #claims(
    jti: string,
    { identity, permissions, expiresAt }: Omit<PendingToken, 'rejoins'>,
    { hostId, signalingUrl }: TokenHost,
  ): TokenGrant {
    const origin = this.#record.stored?.origin
    if (!origin) return { ok: false, code: 'room_not_found' }
    const { projectId, roomId } = origin
    const exp = Math.floor(expiresAt / 1000)
    const claims: RoomTokenClaims = { jti, exp, projectId, roomId, hostId, signalingUrl, permissions }
    return { ok: true, claims: identity === null ? claims : { ...claims, identity } }
  }
}
