/** The control plane's signing keys (`RADIST_SIGNING_KEYS`): to sign with, to verify with, to publish. */
import { CONTROL_PLANE, type RequestSigner, type SigningKey } from '@radist-tech/protocol'
import { createLocalJWKSet, importJWK, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import type { Config } from './config.ts'
import { configOf, type Env } from './env.ts'

export interface ControlPlaneKeys {
  /** The first key configured: what is made now is signed with it. */
  signing: SigningKey
  /** Finds any of the keys by `kid`, so that tokens signed before a rotation stay good. */
  verifying: JWTVerifyGetKey
  requestSigner: RequestSigner
}

const imported = new WeakMap<Config, Promise<ControlPlaneKeys>>()

/** The keys, imported once per configuration. Rejects when a key is not a private Ed25519 key. */
export function controlPlaneKeys(env: Env): Promise<ControlPlaneKeys> {
  const config = configOf(env)
  const known = imported.get(config)
  if (known) return known
  const keys = importKeys(config)
  imported.set(config, keys)
  return keys
}

async function importKeys(config: Config): Promise<ControlPlaneKeys> {
  const [first] = config.RADIST_SIGNING_KEYS
  if (!first) throw new Error('RADIST_SIGNING_KEYS is empty')
  const privateKey = await importJWK({ ...first, alg: 'EdDSA' })
  if (privateKey instanceof Uint8Array)
    throw new Error('RADIST_SIGNING_KEYS: the first key is not asymmetric')
  return {
    signing: { kid: first.kid, privateKey },
    verifying: createLocalJWKSet(publicKeySet(config)),
    requestSigner: { issuer: CONTROL_PLANE, kid: first.kid, privateKey },
  }
}

/** What `/.well-known/jwks.json` answers (RFC 7517): no private part is among it. */
export const publicKeySet = (config: Config): JSONWebKeySet => ({
  keys: config.RADIST_SIGNING_KEYS.map(({ kty, crv, kid, x }) => ({
    kty,
    crv,
    kid,
    x,
    alg: 'EdDSA',
    use: 'sig',
  })),
})
