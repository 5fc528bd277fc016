/** Identifiers as the journal keeps them: their 16 bytes, where these give back the same text, else the text. */

export type PackedId = Uint8Array | string

/** @param id a UUID */
export function packUuid(id: string): PackedId {
  const bytes = Buffer.from(id.replaceAll('-', ''), 'hex')
  return unpackUuid(bytes) === id ? bytes : id
}

export function unpackUuid(packed: PackedId): string {
  if (typeof packed === 'string') return packed
  const hex = Buffer.from(packed).toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** @param id the prefix, and 22 characters of base64url behind it */
export function packPrefixed(prefix: string, id: string): PackedId {
  const bytes = Buffer.from(id.slice(prefix.length), 'base64url')
  return unpackPrefixed(prefix, bytes) === id ? bytes : id
}

export const unpackPrefixed = (prefix: string, packed: PackedId): string =>
  typeof packed === 'string' ? packed : prefix + Buffer.from(packed).toString('base64url')
