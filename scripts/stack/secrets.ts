/** The stack's own secrets and the demo project's keys: made once, kept in the state folder. */
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateKey } from '@radist-tech/protocol'

export type StackSecrets = {
  readonly fleetSecret: string
  /** What the dashboard signs its sessions' cookies with. */
  readonly authSecret: string
  /** The variable's value: a JSON array with one Ed25519 private key as JWK. */
  readonly signingKeys: string
  /** For the sandbox, which takes any test key. */
  readonly stripeSandboxKey: string
  /** What the sandbox signs its webhooks with. */
  readonly stripeWebhookSecret: string
  readonly projectId: string
  readonly publicKey: string
  readonly secretKey: string
  readonly user: { readonly email: string; readonly password: string }
}

export function loadSecrets(stateDir: string): StackSecrets {
  const file = join(stateDir, 'secrets.json')
  const kept = readKept(file)
  // Of a folder from before a secret was added, only that one is new.
  const secrets = { ...makeSecrets(), ...kept }
  if (Object.keys(secrets).some((name) => !(name in kept))) {
    writePrivate(file, `${JSON.stringify(secrets, null, 2)}\n`)
  }
  return secrets
}

function readKept(file: string): Partial<StackSecrets> {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return {}
  }
}

/** Writes a file that only its owner can read, whole or not at all. */
export function writePrivate(file: string, text: string): void {
  const temporary = `${file}.${process.pid}`
  writeFileSync(temporary, text, { mode: 0o600 })
  renameSync(temporary, file)
}

function makeSecrets(): StackSecrets {
  const signingKey = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  return {
    fleetSecret: randomBytes(32).toString('base64url'),
    authSecret: randomBytes(32).toString('base64url'),
    signingKeys: JSON.stringify([{ ...signingKey, kid: randomUUID() }]),
    stripeSandboxKey: `sk_test_${randomBytes(24).toString('hex')}`,
    stripeWebhookSecret: `whsec_${randomBytes(24).toString('hex')}`,
    projectId: randomUUID(),
    publicKey: generateKey('public'),
    secretKey: generateKey('secret'),
    user: { email: 'demo@radist.example', password: randomBytes(12).toString('base64url') },
  }
}
