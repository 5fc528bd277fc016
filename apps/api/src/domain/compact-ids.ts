/** Ids in the form in which the ledger keeps them: their 16 bytes, written in hexadecimal on the way to SQL. */
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { base64url } from 'jose'

/** Of a UUID, in lower case. */
export const hexOfUuid = (uuid: string): string => uuid.replaceAll('-', '').toLowerCase()

export const uuidOfHex = (hex: string): string =>
  hex.toLowerCase().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

/** Of an id that is a prefix and 22 characters of base64url. */
export const hexOfPrefixed = (id: string): string => bytesToHex(base64url.decode(id.slice(-22)))

export const prefixedOfHex = (prefix: string, hex: string): string =>
  `${prefix}_${base64url.encode(hexToBytes(hex.toLowerCase()))}`
