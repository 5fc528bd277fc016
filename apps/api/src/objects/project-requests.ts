/** What the Worker asks of a Project object, and how it is answered. */
import type { BillingAnswer, BillingRefusal, Reconciliation, UsageBudgetAnswer } from '@radist-tech/protocol'
import type { ClaimRefusal } from '../domain/idempotency.ts'
import type { MeterSums } from './meter-windows.ts'
import type { OpeningFacts } from './project-facts.ts'

/** `hash` is `hashSecret(key)`. `trusted`: from within the Worker, authorised by other means. */
export type Credential = { kind: 'secret-key'; hash: string } | { kind: 'trusted' }

export type Authorization =
  | {
      ok: true
      project: {
        projectId: string
        connectionLimit: number
        /** Good ones, the oldest first. */
        publicKeys: string[]
        isArchived: boolean
        stripeCustomerId: string | null
        /** How many calls and rooms the project ever had: the number of the newest. */
        totals: { calls: number; rooms: number }
      }
    }
  | { ok: false; code: 'invalid_secret_key' }

/** Why one more call or room is refused. */
type CreationRefusal = 'connection_limit_reached' | 'project_archived' | BillingRefusal

export type OpenedConnection =
  /** `sequence`: the connection's number among the project's calls or rooms, from 1. */
  | ({ ok: true; sequence: number } & OpeningFacts)
  | { ok: false; code: 'invalid_secret_key' | CreationRefusal }

export type ClaimedConnection =
  /** `seed` and `createdAt` are the claim's, `id` is what was reserved under it. */
  | ({ id: string; seed: string; createdAt: number } & Extract<OpenedConnection, { ok: true }>)
  | { ok: false; code: 'invalid_secret_key' | CreationRefusal | ClaimRefusal }

export type BillingState = { ok: true; billing: BillingAnswer } | { ok: false; code: 'invalid_secret_key' }

export type Answered<T> = { ok: true; answer: T } | { ok: false; code: 'invalid_secret_key' }

export interface BillingOverview {
  /** Participant seconds in the range. */
  seconds: number
  account: BillingAnswer
  budget: UsageBudgetAnswer
  delivery: MeterSums
  reconciliation: Reconciliation
}

export type Claimed =
  | { ok: true; seed: string; createdAt: number }
  | { ok: false; code: 'invalid_secret_key' | 'project_archived' | ClaimRefusal }
