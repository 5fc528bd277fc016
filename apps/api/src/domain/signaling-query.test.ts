import { generateKey, newCallId, newCallToken, newPeerId, newReconnectToken } from '@radist-tech/protocol'
import { describe, expect, it } from 'vitest'
import { readSignalingQuery } from './signaling-query.ts'

const publicKey = generateKey('public')
const callId = newCallId()
const { token: callToken, secretHash } = newCallToken(callId)
const peerId = newPeerId()
const { token: reconnectToken } = newReconnectToken()
const read = (params: Record<string, string>) => readSignalingQuery(new URLSearchParams(params))

describe('the signaling query', () => {
  it('finds the call in the token', () => {
    expect(read({ publicKey, callToken })).toEqual({
      ok: true,
      query: { kind: 'join', publicKey, callId, tokenHash: secretHash },
    })
  })

  it('reads a reconnection, with and without lastSeq', () => {
    const params = { publicKey, callId: callId.toUpperCase(), peerId, reconnectToken }
    expect(read(params)).toMatchObject({
      ok: true,
      query: { kind: 'reconnect', callId, peerId, lastSeq: null },
    })
    expect(read({ ...params, lastSeq: '0' })).toMatchObject({ ok: true, query: { lastSeq: 0 } })
    for (const lastSeq of ['', '-1', '1.5', '1e3', '9999999999999999'])
      expect(read({ ...params, lastSeq })).toEqual({ ok: false, code: 'invalid_query' })
  })

  it('refuses what comes twice', () => {
    const params = new URLSearchParams({ publicKey, callToken })
    params.append('callToken', callToken)
    expect(readSignalingQuery(params)).toEqual({ ok: false, code: 'invalid_query' })
  })
})
