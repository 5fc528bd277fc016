/**
 * The STUN and TURN servers that the peers of one call are told of.
 *
 * What Cloudflare gave is shared by the call's peers and kept in the object's storage for half of its
 * life. So when a deploy closes every socket, the peers that all come back at once cost no request at
 * all, and whoever connects gets credentials that are good for at least half of
 * `RADIST_TURN_TTL_SECONDS`. An object that is killed while it asks loses nothing but the answer.
 */
import { type IceServer, iceServerSchema, type PeerId } from '@radist-tech/protocol'
import { z } from 'zod'
import { fetchTurnServers } from '../cloudflare-turn.ts'
import { sharedSecretServer } from '../domain/ice-servers.ts'
import { configOf, type Env } from '../env.ts'
import type { CloudflareTurnConfig } from '../ice-config.ts'

/** After a failure peers are let in without asking, so that an outage does not delay each of them. */
const PAUSE_AFTER_FAILURE_MS = 10_000

const STORAGE_KEY = 'turn'
const grantSchema = z.object({
  iceServers: z.array(iceServerSchema),
  /** The provider's key: another one's credentials are not handed out any more. */
  keyId: z.string(),
  renewAt: z.int(),
  expiresAt: z.int(),
})
type Grant = z.infer<typeof grantSchema>

export class CallIceServers {
  readonly #storage: DurableObjectStorage
  readonly #env: Env
  /** Undefined until it was looked for. */
  #grant: Grant | null | undefined
  #pausedUntil = 0
  /** Peers that come at once wait for the same request. */
  #asking: Promise<void> | null = null
  /** An answer that comes after the call's end is not kept. */
  #isOver = false

  constructor(storage: DurableObjectStorage, env: Env) {
    this.#storage = storage
    this.#env = env
  }

  /** Whether {@link CallIceServers.renew} has anything to do before a peer is let in. */
  isStale(now: number): boolean {
    const config = configOf(this.#env)
    if (config.RADIST_TURN_PROVIDER !== 'cloudflare' || now < this.#pausedUntil) return false
    const grant = this.#grantOf(config)
    return grant === null || now >= grant.renewAt
  }

  /** Asks the provider, within its time limit. Never throws: a failure is a log line, and what there was stays. */
  renew(callId: string): Promise<void> {
    this.#asking ??= this.#ask(callId).finally(() => {
      this.#asking = null
    })
    return this.#asking
  }

  /** What a peer that is let in now is told. */
  of(peerId: PeerId, now: number): IceServer[] {
    const config = configOf(this.#env)
    return [...config.RADIST_ICE_SERVERS, ...this.#turnServers(config, peerId, now)]
  }

  /** The call is over. */
  forget(): void {
    this.#isOver = true
    this.#grant = null
    this.#storage.kv.delete(STORAGE_KEY)
  }

  #turnServers(config: ReturnType<typeof configOf>, peerId: PeerId, now: number): IceServer[] {
    switch (config.RADIST_TURN_PROVIDER) {
      case 'none':
        return []
      case 'shared-secret': {
        const { RADIST_TURN_URLS: urls, RADIST_TURN_SECRET: secret, RADIST_TURN_TTL_SECONDS: ttl } = config
        return [sharedSecretServer(urls, secret, peerId, now + ttl * 1000)]
      }
      case 'cloudflare': {
        const grant = this.#grantOf(config)
        return grant && now < grant.expiresAt ? grant.iceServers : []
      }
    }
  }

  #grantOf({ CLOUDFLARE_TURN_KEY_ID: keyId }: CloudflareTurnConfig): Grant | null {
    if (this.#grant === undefined)
      this.#grant = grantSchema.safeParse(this.#storage.kv.get(STORAGE_KEY)).data ?? null
    return this.#grant?.keyId === keyId ? this.#grant : null
  }

  async #ask(callId: string): Promise<void> {
    const config = configOf(this.#env)
    if (config.RADIST_TURN_PROVIDER !== 'cloudflare') return
    const askedAt = Date.now()
    const answer = await fetchTurnServers(config)
    if (!answer.ok) {
      this.#pausedUntil = Date.now() + PAUSE_AFTER_FAILURE_MS
      const { reason } = answer
      console.warn(JSON.stringify({ message: 'no TURN credentials', provider: 'cloudflare', callId, reason }))
      return
    }
    const life = config.RADIST_TURN_TTL_SECONDS * 1000
    if (this.#isOver) return
    const times = { renewAt: askedAt + life / 2, expiresAt: askedAt + life }
    this.#grant = { iceServers: answer.iceServers, keyId: config.CLOUDFLARE_TURN_KEY_ID, ...times }
    this.#storage.kv.put(STORAGE_KEY, this.#grant)
  }
}
