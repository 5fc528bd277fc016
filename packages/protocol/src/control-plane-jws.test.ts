import { base64url, createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  type AssignmentClaims,
  type RoomTokenClaims,
  type SigningKey,
  signAssignment,
  signRoomToken,
  verifyAssignment,
  verifyRoomToken,
} from './control-plane-jws.ts'
import { hostIdOf } from './host-api.ts'
import { newRoomId, projectIdSchema } from './ids.ts'

const now = new Date('2026-11-22T12:00:00Z')
const nowSeconds = now.getTime() / 1000
const after = (seconds: number) => new Date(now.getTime() + seconds * 1000)

async function makeKey(kid: string) {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid }
  return {
    key: { kid, privateKey } satisfies SigningKey,
    keys: createLocalJWKSet({ keys: [jwk] }),
    x: jwk.x ?? '',
  }
}

describe('what the control plane signs', () => {
  let ours: Awaited<ReturnType<typeof makeKey>>
  let others: Awaited<ReturnType<typeof makeKey>>
  let claims: Omit<RoomTokenClaims, 'jti'>
  let assignment: Omit<AssignmentClaims, 'jti' | 'exp'>

  beforeAll(async () => {
    ours = await makeKey('k1')
    others = await makeKey('k1')
    const hostId = await hostIdOf({ kty: 'OKP', crv: 'Ed25519', x: ours.x })
    const projectId = projectIdSchema.parse(crypto.randomUUID())
    const roomId = newRoomId()
    const permissions = { publish: true, subscribe: true, data: false }
    claims = {
      exp: nowSeconds + 60,
      projectId,
      roomId,
      hostId,
      signalingUrl: 'ws://127.0.0.1:1/ws',
      permissions,
    }
    assignment = {
      aud: hostId,
      projectId,
      roomId,
      epoch: 1,
      publicKeys: ['rad_pk_x'],
      maxParticipants: 3,
      graceSeconds: 30,
    }
  })

  it('a room token says what was signed', async () => {
    const { token, jti } = await signRoomToken(ours.key, claims)
    const verified = await verifyRoomToken(token, ours.keys, now)
    expect(verified).toMatchObject({ ok: true, claims: { ...claims, jti } })
  })

  it('a room token is refused when forged, changed or expired', async () => {
    const { token } = await signRoomToken(ours.key, claims)
    const invalid = { ok: false, reason: 'invalid' }
    expect(await verifyRoomToken(token, others.keys, now)).toEqual(invalid)
    expect(await verifyRoomToken(token.slice(3), ours.keys, now)).toEqual(invalid)
    expect(await verifyRoomToken('ct_nonsense', ours.keys, now)).toEqual(invalid)
    const [header, , signature] = token.split('.')
    const changed = base64url.encode(JSON.stringify({ ...claims, jti: 'x', iss: 'radist' }))
    expect(await verifyRoomToken(`${header}.${changed}.${signature}`, ours.keys, now)).toEqual(invalid)
    expect(await verifyRoomToken(token, ours.keys, after(70))).toEqual({ ok: false, reason: 'expired' })
  })

  it('an unsigned token and one signed with the public key as HMAC secret are refused', async () => {
    const secret = new TextEncoder().encode(ours.x)
    const hmac = await new SignJWT({ ...claims, jti: 'x' })
      .setProtectedHeader({ alg: 'HS256', kid: 'k1', typ: 'radist-room-token+jwt' })
      .setIssuer('radist')
      .sign(secret)
    expect(await verifyRoomToken(`ct_${hmac}`, ours.keys, now)).toEqual({ ok: false, reason: 'invalid' })
    const none = `${base64url.encode('{"alg":"none","typ":"radist-room-token+jwt"}')}.${hmac.split('.')[1]}.`
    expect(await verifyRoomToken(`ct_${none}`, ours.keys, now)).toEqual({ ok: false, reason: 'invalid' })
  })

  it('an assignment is for one host, for a minute, and no room token', async () => {
    const jws = await signAssignment(ours.key, assignment, now)
    expect(await verifyAssignment(jws, ours.keys, assignment.aud, now)).toMatchObject({
      ok: true,
      claims: assignment,
    })
    const invalid = { ok: false, reason: 'invalid' }
    expect(await verifyAssignment(jws, ours.keys, 'sfu_another', now)).toEqual(invalid)
    expect(await verifyAssignment(jws, others.keys, assignment.aud, now)).toEqual(invalid)
    expect(await verifyAssignment(jws, ours.keys, assignment.aud, after(70))).toEqual({
      ok: false,
      reason: 'expired',
    })
    expect(await verifyRoomToken(`ct_${jws}`, ours.keys, now)).toEqual(invalid)
  })

  it('a key set that cannot be had is no verdict on the token', async () => {
    const { token } = await signRoomToken(ours.key, claims)
    const unreachable = () => Promise.reject(new TypeError('fetch failed'))
    await expect(verifyRoomToken(token, unreachable, now)).rejects.toThrow('fetch failed')
  })
})
