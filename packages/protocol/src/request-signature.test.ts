import { generateKeyPair } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  CONTROL_PLANE,
  type RequestParts,
  type RequestSigner,
  readUnverifiedIssuer,
  signRequest,
  verifyRequest,
} from './request-signature.ts'

const now = new Date('2026-11-22T12:00:00Z')
const issuer = 'sfu_AAAAAAAAAAAAAAAAAAAAAA'
const body = new TextEncoder().encode('{"records":[]}')
const request: RequestParts = { method: 'POST', path: '/api/v1/sfu/usage', body }
const expected = { issuer, audience: CONTROL_PLANE }

describe('request signatures', () => {
  let signer: RequestSigner
  let publicKey: CryptoKey
  let jws: string

  beforeAll(async () => {
    const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519' })
    signer = { issuer, privateKey: pair.privateKey, region: 'eu' }
    publicKey = pair.publicKey
    jws = await signRequest(signer, CONTROL_PLANE, request, now)
  })

  it('are good for the request that they were made for', async () => {
    expect(await verifyRequest(jws, publicKey, expected, request, now)).toMatchObject({
      iss: issuer,
      region: 'eu',
    })
    expect(readUnverifiedIssuer(jws)).toEqual({ issuer, region: 'eu' })
  })

  it('are refused for another method, path, body, receiver or sender', async () => {
    const other = new TextEncoder().encode('{"records":[1]}')
    for (const wrong of [
      { method: 'PUT' },
      { path: '/api/v1/sfu/hosts' },
      { path: `${request.path}?a=1` },
      { body: other },
    ]) {
      expect(await verifyRequest(jws, publicKey, expected, { ...request, ...wrong }, now)).toBeNull()
    }
    expect(await verifyRequest(jws, publicKey, { ...expected, audience: issuer }, request, now)).toBeNull()
    expect(
      await verifyRequest(jws, publicKey, { ...expected, issuer: CONTROL_PLANE }, request, now),
    ).toBeNull()
    const stranger = await generateKeyPair('EdDSA', { crv: 'Ed25519' })
    expect(await verifyRequest(jws, stranger.publicKey, expected, request, now)).toBeNull()
  })

  it('are refused when too old, or from the future', async () => {
    expect(
      await verifyRequest(jws, publicKey, expected, request, new Date(now.getTime() + 120_000)),
    ).toBeNull()
    expect(
      await verifyRequest(jws, publicKey, expected, request, new Date(now.getTime() - 120_000)),
    ).toBeNull()
  })

  it('are told from nonsense', async () => {
    expect(readUnverifiedIssuer('nonsense')).toBeNull()
    expect(await verifyRequest('nonsense', publicKey, expected, request, now)).toBeNull()
  })
})
