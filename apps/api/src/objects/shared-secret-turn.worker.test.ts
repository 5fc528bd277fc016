import { env } from 'cloudflare:workers'
import { afterEach, expect, it } from 'vitest'
import { passTime, restoreTime } from '../testing/clock.ts'
import { newCall, newProject } from '../testing/project-fixture.ts'
import { joinCall, reconnectCall } from '../testing/test-peer.ts'

const stun = { urls: ['stun:stun.test:3478'] }
// Objects get a copy of this when the first of them is made.
Object.assign(env, {
  RADIST_ICE_SERVERS: JSON.stringify([stun]),
  RADIST_TURN_PROVIDER: 'shared-secret',
  RADIST_TURN_URLS: 'turn:turn.test:3478,turns:turn.test:5349',
  RADIST_TURN_SECRET: 'secret-of-the-worker-tests',
  RADIST_TURN_TTL_SECONDS: '600',
})
afterEach(restoreTime)

it('each peer gets credentials of its own, at each connection, good for their whole time', async () => {
  const project = await newProject()
  passTime(0)
  const { callTokens } = await newCall(project)
  const host = await joinCall(project.publicKey, callTokens[0])
  const guest = await joinCall(project.publicKey, callTokens[1])
  const serversOf = (peerId: string) => [
    stun,
    {
      urls: ['turn:turn.test:3478', 'turns:turn.test:5349'],
      username: `${Math.floor(Date.now() / 1000) + 600}:${peerId}`,
      credential: expect.stringMatching(/^[\w+/]{27}=$/),
    },
  ]
  expect(host.connected.iceServers).toEqual(serversOf(host.peerId))
  expect(guest.connected.iceServers).toEqual(serversOf(guest.peerId))
  passTime(20_000)
  const again = await reconnectCall(host)
  expect(again.connected.iceServers).toEqual(serversOf(host.peerId))
  expect(again.connected.iceServers[1]?.credential).not.toBe(host.connected.iceServers[1]?.credential)
})
