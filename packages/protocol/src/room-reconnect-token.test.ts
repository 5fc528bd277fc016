import { describe, expect, it } from 'vitest'
import { newParticipantId } from './ids.ts'
import { newReconnectSecret, roomReconnectToken, verifyRoomReconnectToken } from './room-reconnect-token.ts'

describe('room reconnect tokens', () => {
  const secret = newReconnectSecret()
  const participantId = newParticipantId()

  it('say their generation to who knows the secret', () => {
    for (const generation of [0, 1, 12]) {
      const token = roomReconnectToken(secret, participantId, generation)
      expect(verifyRoomReconnectToken(secret, participantId, token)).toBe(generation)
    }
  })

  it('are refused for another participant, secret or generation', () => {
    const token = roomReconnectToken(secret, participantId, 3)
    expect(verifyRoomReconnectToken(secret, newParticipantId(), token)).toBeNull()
    expect(verifyRoomReconnectToken(newReconnectSecret(), participantId, token)).toBeNull()
    expect(verifyRoomReconnectToken(secret, participantId, token.replace('rt_3_', 'rt_4_'))).toBeNull()
    expect(verifyRoomReconnectToken(secret, participantId, token.replace('rt_3_', 'rt_03_'))).toBeNull()
    expect(verifyRoomReconnectToken(secret, participantId, 'rt_3')).toBeNull()
  })
})
