/** Who may come to a call with a public key, and which servers its peers are told of, as its project says. */
import type { IceServer } from '@radist-tech/protocol'
import { accessRefusal, type Visitor } from '../domain/project-access.ts'
import type { Env } from '../env.ts'
import type { VisitorRefusal } from './call-requests.ts'
import type { StoredCall } from './call-store.ts'
import { BELIEVED_MS, KnownAccess } from './known-access.ts'
import { isPublicKeyInUse } from './public-key-registry.ts'

export class CallVisitors {
  readonly #call: () => StoredCall | null
  readonly #env: () => Env
  #access: KnownAccess | null = null

  constructor(call: () => StoredCall | null, env: () => Env) {
    this.#call = call
    this.#env = env
  }

  /** Null when the call takes the key from this origin. A key of another project is told nothing of the call. */
  async refusalOf(visitor: Visitor, maxAgeMs = BELIEVED_MS): Promise<VisitorRefusal | null> {
    const access = await this.#known()?.of(visitor.key, maxAgeMs)
    const code = access ? accessRefusal(access, visitor, Date.now()) : 'invalid_public_key'
    if (code !== 'invalid_public_key') return code
    return (await isPublicKeyInUse(this.#env().DB, visitor.key)) ? 'call_not_found' : code
  }

  /** The same for who wants a token: the project is asked each time. */
  async mintRefusal(visitor: Visitor): Promise<VisitorRefusal | 'project_archived' | null> {
    const refused = await this.refusalOf(visitor, 0)
    return refused ?? (this.#known()?.last.isArchived ? 'project_archived' : null)
  }

  /** Beside the installation's. */
  get iceServers(): readonly IceServer[] {
    return this.#known()?.last.iceServers ?? []
  }

  #known(): KnownAccess | null {
    const call = this.#call()
    if (!call) return null
    const { projectId, createdAt } = call.state.facts
    const ask = (key: string) => this.#env().PROJECT.getByName(projectId).access(projectId, key)
    this.#access ??= new KnownAccess(ask, call.access, createdAt)
    return this.#access
  }
}
