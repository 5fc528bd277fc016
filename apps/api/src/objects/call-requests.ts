/** What the Worker asks of a Call object. */
import type { AccessControl, CallAnswer } from '@radist-tech/protocol'
import type { DashboardCallAnswer } from '@radist-tech/protocol/dashboard'
import type { CallRefusal } from '../domain/call.ts'
import type { ProjectAccess, Visitor } from '../domain/project-access.ts'

export interface CallCreation {
  projectId: string
  callId: string
  /** The number in the project's list of calls. */
  sequence: number
  createdAt: number
  hasWebhooks: boolean
  accessControl: AccessControl
  /** As the project says it when the call is made. */
  access: ProjectAccess
  tokens: { hash: string; expiresAt: number }[]
}

/** `secret-key`: this project's, as its Project object has said. `public-key`: still to be checked. */
export type Minter = { kind: 'secret-key'; projectId: string } | ({ kind: 'public-key' } & Visitor)

export type VisitorRefusal = 'invalid_public_key' | 'call_not_found' | 'origin_not_allowed'

export type MintedToken =
  | { ok: true; callToken: string }
  | { ok: false; code: CallRefusal | VisitorRefusal | 'project_archived' }

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
