/** What the Worker asks of a Project object, and how it is answered. */
import type { BillingAnswer, BillingRefusal } from '@radist-tech/protocol'
import type { AllowedOrigins } from '../domain/allowed-origins.ts'
import type { ClaimRefusal } from '../domain/idempotency.ts'

/** `hash` is `hashSecret(key)`. `trusted`: from within the Worker, authorised by other means. */
export type Credential = { kind: 'secret-key'; hash: string } | { kind: 'trusted' }

export type Authorization =
  | {
      ok: true
      project: {
        projectId: string
        connectionLimit: number
        publicKeys: string[]
        stripeCustomerId: string | null
        /** How many calls and rooms the project ever had: the number of the newest. */
        totals: { calls: number; rooms: number }
      }
    }
  | { ok: false; code: 'invalid_secret_key' }

/** Why one more call or room is refused. */
type CreationRefusal = 'connection_limit_reached' | BillingRefusal

export type OpenedConnection =
  /** `sequence`: the connection's number among the project's calls or rooms, from 1. */
  | { ok: true; sequence: number; publicKeys: string[]; allowedOrigins: AllowedOrigins; hasWebhooks: boolean }
  | { ok: false; code: 'invalid_secret_key' | CreationRefusal }

export type ClaimedConnection =
  /** `seed` and `createdAt` are the claim's, `id` is what was reserved under it. */
  | ({ id: string; seed: string; createdAt: number } & Extract<OpenedConnection, { ok: true }>)
  | { ok: false; code: 'invalid_secret_key' | CreationRefusal | ClaimRefusal }

export type BillingState = { ok: true; billing: BillingAnswer } | { ok: false; code: 'invalid_secret_key' }

export type Answered<T> = { ok: true; answer: T } | { ok: false; code: 'invalid_secret_key' }

export type Claimed =
  | { ok: true; seed: string; createdAt: number }
  | { ok: false; code: 'invalid_secret_key' | ClaimRefusal }
