/** The control plane's public keys. */
import { JWKS_PATH } from '@radist-tech/protocol'
import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose'

/**
 * A key id that is not known brings a new look at the key set, but no more often than this: a
 * rotated key is good within seconds, and forged key ids cost one request each time.
 */
const COOLDOWN_MS = 2000
const TIMEOUT_MS = 5000

/** The keys could not be had: says nothing about the signature that was to be checked. */
export class KeySetUnreachable extends Error {}

/** The published keys, fetched when first needed and cached. */
export function controlPlaneKeys(controlPlaneUrl: string): JWTVerifyGetKey {
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
