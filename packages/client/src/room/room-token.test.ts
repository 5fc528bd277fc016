import { signRoomToken } from '@radist-tech/protocol/control-plane-jws'
import { hostIdSchema, projectIdSchema, roomIdSchema } from '@radist-tech/protocol/ids'
import { describe, expect, it } from 'vitest'
import { readRoomToken } from './room-token.ts'

describe('readRoomToken', () => {
  it('reads the host’s address and the permissions from a token of the control plane', async () => {
    const { privateKey } = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])
    const roomId = roomIdSchema.parse(crypto.randomUUID())
    const { token } = await signRoomToken(
      { kid: 'k1', privateKey },
      {
        exp: 2_000_000_000,
        projectId: projectIdSchema.parse(crypto.randomUUID()),
        roomId,
        hostId: hostIdSchema.parse(`sfu_${'h'.repeat(22)}`),
        signalingUrl: 'wss://sfu.test/api/v1/sfu/signaling/ws',
        identity: 'Zoë ✓',
        permissions: { publish: false, subscribe: true, data: true },
      },
    )
    expect(readRoomToken(token)).toEqual({
      roomId,
      signalingUrl: 'wss://sfu.test/api/v1/sfu/signaling/ws',
      permissions: { publish: false, subscribe: true, data: true },
    })
  })

  it.each([
    '',
    'ct_abc',
    'ct_a.b.c',
    `ct_a.${btoa('{"roomId":"x"}')}.c`,
    `ct_a.${btoa('{"roomId":"x","signalingUrl":"https://x.test","permissions":{}}')}.c`,
  ])('refuses %j', (token) => {
    expect(() => readRoomToken(token)).toThrow(expect.objectContaining({ code: 'invalid_argument' }))
  })
})
