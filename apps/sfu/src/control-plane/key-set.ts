/** The control plane's public keys. */
import { KeyObject, verify } from 'node:crypto'
import { type CheckSignature, type FindKey, JWKS_PATH } from '@radist-tech/protocol'
import { createRemoteJWKSet, errors } from 'jose'

/**
 * A key id that is not known brings a new look at the key set, but no more often than this: a
 * rotated key is good within seconds, and forged key ids cost one request each time.
 */
const COOLDOWN_MS = 2000
const TIMEOUT_MS = 5000

/** The keys could not be had: says nothing about the signature that was to be checked. */
export class KeySetUnreachable extends Error {}

/** The published keys, fetched when first needed and cached. */
export function controlPlaneKeys(controlPlaneUrl: string): FindKey {
  const keySet = createRemoteJWKSet(new URL(JWKS_PATH, controlPlaneUrl), {
    cooldownDuration: COOLDOWN_MS,
    timeoutDuration: TIMEOUT_MS,
  })
  return async (header, token) => {
    try {
      return await keySet(header, token)
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JOSENotSupported) throw error
      throw new KeySetUnreachable('the key set is out of reach', { cause: error })
    }
  }
}

const keyObjects = new WeakMap<CryptoKey, KeyObject>()

/** On this thread: the way to another one and back, as WebCrypto takes it, costs more than the check. */
export const checkSignature: CheckSignature = (key, signature, data) => {
  const known = keyObjects.get(key) ?? KeyObject.from(key)
  keyObjects.set(key, known)
  return verify(null, data, known, signature)
}
