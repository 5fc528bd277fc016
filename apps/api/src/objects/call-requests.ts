/** What the Worker asks of a Call object. */
import type { AccessControl } from '@radist-tech/protocol'
import type { CallRefusal } from '../domain/call.ts'

export interface CallCreation {
  projectId: string
  callId: string
  /** The number in the project's list of calls. */
  sequence: number
  createdAt: number
  accessControl: AccessControl
  /** The project's keys, with which peers may come. */
  publicKeys: string[]
  tokens: { hash: string; expiresAt: number }[]
}

/** `secret-key`: this project's, as its Project object has said. `public-key`: still to be checked. */
export type Minter = { kind: 'secret-key'; projectId: string } | { kind: 'public-key'; key: string }

export type MintedToken =
  | { ok: true; callToken: string }
  | { ok: false; code: CallRefusal | 'invalid_public_key' | 'call_not_found' }
