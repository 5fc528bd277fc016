/**
 * Project keys: `rad_sk_…` (secret, for a customer's backend) and `rad_pk_…` (public, for browsers).
 *
 * A key is 256 random bits followed by a 32-bit checksum, in base64url. The checksum lets a typing
 * error be told from a revoked key without a look-up, and lets secret scanners avoid false alarms.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { base64url } from 'jose'

export type KeyKind = 'secret' | 'public'

const prefixes: Record<KeyKind, string> = { secret: 'rad_sk_', public: 'rad_pk_' }
const SECRET_BYTES = 32
const CHECKSUM_BYTES = 4
const ENCODED_LENGTH = ((SECRET_BYTES + CHECKSUM_BYTES) / 3) * 4

const checksum = (prefix: string, secret: Uint8Array) =>
  sha256(concatBytes(utf8ToBytes(prefix), secret)).subarray(0, CHECKSUM_BYTES)

/** Makes a new key of 256 random bits. A secret key is shown once and stored as {@link hashSecret}. */
export function generateKey(kind: KeyKind): string {
  const prefix = prefixes[kind]
  const secret = crypto.getRandomValues(new Uint8Array(SECRET_BYTES))
  return prefix + base64url.encode(concatBytes(secret, checksum(prefix, secret)))
}

/** Whether `text` has the form of a key of this kind, with a right checksum. Says nothing about who owns it. */
export function isWellFormedKey(kind: KeyKind, text: string): boolean {
  const prefix = prefixes[kind]
  if (!text.startsWith(prefix) || text.length !== prefix.length + ENCODED_LENGTH) return false
  let bytes: Uint8Array
  try {
    bytes = base64url.decode(text.slice(prefix.length))
  } catch {
    return false
  }
  if (bytes.length !== SECRET_BYTES + CHECKSUM_BYTES) return false
  const expected = checksum(prefix, bytes.subarray(0, SECRET_BYTES))
  return expected.every((byte, i) => byte === bytes[SECRET_BYTES + i])
}

/**
 * SHA-256 in lower-case hex: how secrets of at least 192 random bits are stored. A slow hash adds
 * nothing for secrets that cannot be guessed.
 */
export const hashSecret = (secret: string): string => bytesToHex(sha256(utf8ToBytes(secret)))
