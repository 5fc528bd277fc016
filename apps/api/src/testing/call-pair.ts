/** A call in which both peers are, and how the signaling socket refuses: texts and close codes as documented. */
import { expect } from 'vitest'
import { newCall, request, type TestProject } from './project-fixture.ts'
import { joinCall, type TestPeer } from './test-peer.ts'

export const INVALID_QUERY = { code: 4400, reason: 'Invalid query parameters.' }
export const INVALID_KEY = { code: 4401, reason: 'Invalid public key.' }
export const INVALID_TOKEN = { code: 4401, reason: 'Invalid or already used call token.' }
export const EXPIRED_TOKEN = { code: 4401, reason: 'Call token has expired.' }
export const INVALID_RECONNECT = { code: 4401, reason: 'Invalid reconnect token.' }
export const NOT_FOUND = { code: 4404, reason: 'Call not found.' }
export const BOTH_CONNECTED = { code: 4409, reason: 'All peers are already connected.' }
export const TERMINATED = { code: 4410, reason: 'Call has been terminated.' }
export const TOO_MANY = { code: 4429, reason: 'Too many requests.' }

/** Both peers of a new call, with the notice of the second's coming taken. */
export async function newPair(project: TestProject): Promise<[TestPeer, TestPeer]> {
  const { callTokens } = await newCall(project)
  const host = await joinCall(project.publicKey, callTokens[0])
  const guest = await joinCall(project.publicKey, callTokens[1])
  expect(await host.socket.expect('peer-joined')).toMatchObject({ peerId: guest.peerId, seq: 1 })
  return [host, guest]
}

/** The peer's socket closes without a word, and the other has been told. */
export async function dropped(peer: TestPeer, other: TestPeer): Promise<void> {
  peer.socket.close()
  await other.socket.expect('peer-disconnected')
}

/** One more token of the peer's call, minted with the public key. */
export async function mint({ callId, publicKey }: TestPeer): Promise<string> {
  const answer = await request(`/api/v1/p2p/calls/${callId}/token`, { method: 'POST', key: publicKey })
  return (await answer.json<{ callToken: string }>()).callToken
}
