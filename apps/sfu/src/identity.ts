/** Who this host is: an Ed25519 key made at first boot and kept in the data directory. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import {
  type HostId,
  type HostPublicKey,
  hostIdOf,
  hostIdSchema,
  hostPublicKeySchema,
} from '@radist-tech/protocol'
import { type CryptoKey, exportJWK, generateKeyPair, importJWK } from 'jose'
import { z } from 'zod'

const FILE_NAME = 'identity.json'

const identityFileSchema = z.object({
  hostId: hostIdSchema,
  privateKey: hostPublicKeySchema.extend({ d: z.string().regex(/^[A-Za-z0-9_-]{43}$/) }),
})
type IdentityFile = z.infer<typeof identityFileSchema>

export interface Identity {
  hostId: HostId
  publicKey: HostPublicKey
  privateKey: CryptoKey
}

/**
 * The host's identity, made now if there is none yet.
 * @throws when the file is there but is none, rather than to become another host in silence
 */
export async function loadIdentity(dataDir: string): Promise<Identity> {
  const path = join(dataDir, FILE_NAME)
  const file = readIdentityFile(path) ?? (await makeIdentityFile(path))
  const { kty, crv, x } = file.privateKey
  const publicKey = { kty, crv, x }
  if ((await hostIdOf(publicKey)) !== file.hostId)
    throw new Error(`${path} has a host id that is not its key's`)
  const privateKey = await importJWK(file.privateKey, 'EdDSA')
  if (privateKey instanceof Uint8Array) throw new Error(`${path} holds no private key`)
  return { hostId: file.hostId, publicKey, privateKey }
}

function readIdentityFile(path: string): IdentityFile | null {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
  const file = z
    .string()
    .transform((json, context) => {
      try {
        return JSON.parse(json)
      } catch {
        context.addIssue('no JSON')
        return z.NEVER
      }
    })
    .pipe(identityFileSchema)
    .safeParse(text)
  if (!file.success) throw new Error(`${path} is damaged; restore it, or remove it to become a new host`)
  return file.data
}

async function makeIdentityFile(path: string): Promise<IdentityFile> {
  const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const { kty, crv, x, d } = await exportJWK(pair.privateKey)
  const hostId = await hostIdOf(hostPublicKeySchema.parse({ kty, crv, x }))
  const file = identityFileSchema.parse({ hostId, privateKey: { kty, crv, x, d } })
  writeAtomically(path, `${JSON.stringify(file, null, 2)}\n`)
  return file
}

/** Written beside, flushed, then renamed: a crash leaves the whole file or none. */
function writeAtomically(path: string, text: string): void {
  const temporary = `${path}.${process.pid}`
  const file = openSync(temporary, 'w', 0o600)
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(temporary, path)
  const directory = openSync(join(path, '..'), 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}
