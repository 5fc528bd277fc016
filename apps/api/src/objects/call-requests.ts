/** What the Worker asks of a Call object. */
import type { AccessControl, CallAnswer } from '@radist-tech/protocol'
import type { DashboardCallAnswer } from '@radist-tech/protocol/dashboard'
import type { AllowedOrigins } from '../domain/allowed-origins.ts'
import type { CallRefusal } from '../domain/call.ts'

export interface CallCreation {
  projectId: string
  callId: string
  /** The number in the project's list of calls. */
  sequence: number
  createdAt: number
  hasWebhooks: boolean
  accessControl: AccessControl
  /** The project's keys, with which peers may come. */
  publicKeys: string[]
  /** Of pages that may use those keys, as the project says when the call is made. */
  allowedOrigins: AllowedOrigins
  tokens: { hash: string; expiresAt: number }[]
}

/** `secret-key`: this project's, as its Project object has said. `public-key`: still to be checked. */
export type Minter = { kind: 'secret-key'; projectId: string } | ({ kind: 'public-key' } & Visitor)

/** Who comes with a public key; `origin` is that of the page, null for who is not a browser. */
export interface Visitor {
  key: string
  origin: string | null
}

export type VisitorRefusal = 'invalid_public_key' | 'call_not_found' | 'origin_not_allowed'

export type MintedToken = { ok: true; callToken: string } | { ok: false; code: CallRefusal | VisitorRefusal }

/** A token that the Worker derives from an idempotency claim; good for `ttlMs` from the claim's time on. */
export interface ClaimedToken {
  hash: string
  claimedAt: number
  ttlMs: number
}

/** `claim_lapsed`: nothing has come of this claim, and nothing will. */
export type ClaimedMint = { ok: true } | { ok: false; code: CallRefusal | 'call_not_found' | 'claim_lapsed' }

/** The call as its page in the dashboard shows it. */
export type LookedAtCall = ({ ok: true } & DashboardCallAnswer) | { ok: false; code: 'call_not_found' }

/** The call as its backend sees it. */
export type SeenCall =
  | { ok: true; call: CallAnswer }
  | { ok: false; code: 'call_not_found' | 'call_terminated' }
