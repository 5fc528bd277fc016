/**
 * How the Project object gives out places: the limit, billing and idempotency keys decide about each call
 * or room that is to be made. What is stored is stored in the caller's turn: all of it or nothing.
 */
import type { ConnectionKind } from '../domain/connections.ts'
import type { ClaimRequest } from '../domain/idempotency.ts'
import type { ConnectionHours } from './connection-hours.ts'
import type { IdempotencyClaims } from './idempotency-claims.ts'
import type { OpenConnections } from './open-connections.ts'
import type { ProjectBilling } from './project-billing.ts'
import { type ProjectFacts, toldAtOpening } from './project-facts.ts'
import type { ProjectLive } from './project-live.ts'
import type { Claimed, ClaimedConnection, OpenedConnection } from './project-requests.ts'

export class Reservations {
  readonly #connections: OpenConnections
  readonly #claims: IdempotencyClaims
  readonly #billing: ProjectBilling
  readonly #hours: ConnectionHours
  readonly #live: ProjectLive

  constructor(
    connections: OpenConnections,
    claims: IdempotencyClaims,
    billing: ProjectBilling,
    hours: ConnectionHours,
    live: ProjectLive,
  ) {
    this.#connections = connections
    this.#claims = claims
    this.#billing = billing
    this.#hours = hours
    this.#live = live
  }

  /** Reserves a place and numbers it. The same id again is answered the same. */
  open(
    facts: ProjectFacts,
    connection: { kind: ConnectionKind; id: string; createdAt: number },
    now: number,
  ): OpenedConnection {
    const admission = this.#reserve(facts, connection, now)
    return admission.ok ? { ...admission, ...toldAtOpening(facts) } : admission
  }

  /** Like {@link open}, once for each idempotency key. */
  openClaimed(
    facts: ProjectFacts,
    connection: { kind: ConnectionKind; id: string },
    request: ClaimRequest,
    now: number,
  ): ClaimedConnection {
    const judgement = this.#claims.judge(request, now)
    if (judgement.kind === 'refused') return { ok: false, code: judgement.code }
    const project = toldAtOpening(facts)
    if (judgement.kind === 'repeats') {
      const { seed, createdAt, connection: reserved } = judgement.claim
      // The path is part of what a claim is compared by: the same path has always reserved something.
      if (!reserved) throw new Error('A claim without a connection was repeated as one with')
      return { ok: true, ...reserved, ...project, seed, createdAt }
    }
    const { id } = connection
    const admission = this.#reserve(facts, { ...connection, createdAt: now }, now)
    if (!admission.ok) return admission
    const { sequence } = admission
    const { keyHash, fingerprint, newSeed: seed } = request
    this.#claims.put(keyHash, { fingerprint, seed, createdAt: now, connection: { id, sequence } })
    return { ok: true, id, sequence, ...project, seed, createdAt: now }
  }

  /** An idempotency key that reserves nothing. */
  claim(request: ClaimRequest, now: number): Claimed {
    const judgement = this.#claims.judge(request, now)
    switch (judgement.kind) {
      case 'refused':
        return { ok: false, code: judgement.code }
      case 'repeats':
        return { ok: true, seed: judgement.claim.seed, createdAt: judgement.claim.createdAt }
      case 'begins': {
        const { keyHash, fingerprint, newSeed: seed } = request
        this.#claims.put(keyHash, { fingerprint, seed, createdAt: now, connection: null })
        return { ok: true, seed, createdAt: now }
      }
    }
  }

  /** A place, unless there is none or billing says why there is to be none. */
  #reserve(
    facts: ProjectFacts,
    connection: { kind: ConnectionKind; id: string; createdAt: number },
    now: number,
  ) {
    const { kind, id } = connection
    const { projectId, connectionLimit } = facts
    const refusal = this.#billing.refusalOf(kind, facts, now)
    const admission = this.#connections.open({ ...connection, projectId }, connectionLimit, refusal, now)
    this.#hours.count(admission.ok ? ['creations'] : ['creations', 'refusedCreations'], now)
    if (admission.ok) this.#live.changed(kind, id, 'open')
    return admission
  }
}
