/** A used, an expired, a forged and another project's token are each refused, for calls and for rooms. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type RoomTokenClaims, signRoomToken, verifyRoomToken } from '@radist-tech/protocol'
import { createLocalJWKSet, generateKeyPair, importJWK } from 'jose'
import { describe, expect, inject, it } from 'vitest'
import { createCall, createRoom, mintRoomToken } from './rest.ts'
import { joinCall, joinRoom } from './signaling-socket.ts'

const demo = inject('stack')
/** Not the demo project, whose bill another test compares to the second. */
const project = { ...inject('otherProject'), apiBaseUrl: demo.apiBaseUrl }

const invalidCallToken = { admitted: false, code: 4401, reason: 'Invalid or already used call token.' }
const invalidRoomToken = { admitted: false, code: 4401, reason: 'Invalid room token.' }
const withLastChanged = (token: string, at = token.length - 2) =>
  token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)

describe('call tokens', () => {
  it('admit once', async () => {
    const { callTokens } = await createCall(project)
    expect(await joinCall(callTokens[0], project.publicKey)).toMatchObject({
      admitted: true,
      first: { type: 'connected' },
    })
    expect(await joinCall(callTokens[0], project.publicKey)).toEqual(invalidCallToken)
    // The refusal cost the call nothing.
    expect(await joinCall(callTokens[1], project.publicKey)).toMatchObject({ admitted: true })
  })

  it('are refused when forged', async () => {
    const { callTokens } = await createCall(project)
    expect(await joinCall(withLastChanged(callTokens[0]), project.publicKey)).toEqual(invalidCallToken)
    expect(await joinCall('ct_nonsense', project.publicKey)).toMatchObject({ admitted: false, code: 4401 })
    expect(await joinCall(callTokens[0], project.publicKey)).toMatchObject({ admitted: true })
  })

  it("are refused with another project's public key", async () => {
    const { callTokens } = await createCall(project)
    expect(await joinCall(callTokens[0], demo.publicKey)).toEqual({
      admitted: false,
      code: 4404,
      reason: 'Call not found.',
    })
    expect(await joinCall(callTokens[0], project.publicKey)).toMatchObject({ admitted: true })
  })

  it('are refused after their time', async () => {
    const { token, expiresAt } = inject('shortLivedCallToken')
    await sleep(Math.max(0, expiresAt - Date.now()) + 100)
    expect(await joinCall(token, demo.publicKey)).toEqual({
      admitted: false,
      code: 4401,
      reason: 'Call token has expired.',
    })
  })
})

describe('room tokens', () => {
  const [jwk] = JSON.parse(inject('signingKeys'))
  const { d: _private, ...publicJwk } = jwk
  const keys = createLocalJWKSet({ keys: [publicJwk] })

  async function claimsOf(token: string): Promise<RoomTokenClaims> {
    const verified = await verifyRoomToken(token, keys, new Date())
    if (!verified.ok) throw new Error(`The stack's own token is ${verified.reason}.`)
    return verified.claims
  }
  const ourKey = async () => ({ kid: jwk.kid, privateKey: (await importJWK(jwk, 'EdDSA')) as CryptoKey })

  it('admit once', async () => {
    const { signalingUrl, roomTokens } = await createRoom(project)
    expect(await joinRoom(signalingUrl, roomTokens[0], project.publicKey)).toMatchObject({
      admitted: true,
      first: { event: 'joined' },
    })
    expect(await joinRoom(signalingUrl, roomTokens[0], project.publicKey)).toEqual({
      admitted: false,
      code: 4401,
      reason: 'Room token has already been used.',
    })
  })

  it('are refused when forged', async () => {
    const { roomId, signalingUrl, roomTokens } = await createRoom(project)
    expect(await joinRoom(signalingUrl, withLastChanged(roomTokens[0]), project.publicKey)).toEqual(
      invalidRoomToken,
    )
    const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' })
    const forged = await signRoomToken({ kid: jwk.kid, privateKey }, await claimsOf(roomTokens[0]))
    expect(await joinRoom(signalingUrl, forged.token, project.publicKey)).toEqual(invalidRoomToken)
    // Well signed, but no token that the room has given out.
    const { jti: _, ...claims } = await claimsOf(await mintRoomToken(project, roomId))
    const unknown = await signRoomToken(await ourKey(), claims)
    expect(await joinRoom(signalingUrl, unknown.token, project.publicKey)).toMatchObject({
      admitted: false,
      code: 4401,
    })
  })

  it("are refused with another project's public key", async () => {
    const { signalingUrl, roomTokens } = await createRoom(project)
    expect(await joinRoom(signalingUrl, roomTokens[0], demo.publicKey)).toEqual({
      admitted: false,
      code: 4401,
      reason: 'Invalid public key.',
    })
    expect(await joinRoom(signalingUrl, roomTokens[0], project.publicKey)).toMatchObject({ admitted: true })
  })

  it('are refused after their time', async () => {
    const { signalingUrl, roomTokens } = await createRoom(project)
    const claims = await claimsOf(roomTokens[0])
    const expired = await signRoomToken(await ourKey(), {
      ...claims,
      exp: Math.floor(Date.now() / 1000) - 60,
    })
    expect(await joinRoom(signalingUrl, expired.token, project.publicKey)).toEqual({
      admitted: false,
      code: 4401,
      reason: 'Room token has expired.',
    })
  })
})
