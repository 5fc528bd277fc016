/** Operators and their hosts: how they are, and that a wish to drain one holds at once and for good. */
import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { hostsAnswerSchema } from '@radist-tech/protocol/dashboard'
import { beforeAll, expect, it } from 'vitest'
import { Browser, newUser } from '../../testing/dashboard-fixture.ts'
import { TestHost } from '../../testing/host-fixture.ts'
import { newProject, request } from '../../testing/project-fixture.ts'

let operator: Browser
beforeAll(async () => {
  const { email, ipAddress } = await newUser({ email: 'operator@radist.test' })
  operator = new Browser(ipAddress)
  await operator.signIn(email)
})

const ask = (path: string, method = 'GET') =>
  operator.fetch(`/api/dashboard/fleet/hosts${path}`, { method, ...(method === 'POST' && { body: {} }) })
async function seen(host: TestHost) {
  const { hosts } = hostsAnswerSchema.parse(await (await ask('')).json())
  return hosts.find(({ hostId }) => hostId === host.hostId)
}
const drainSaid = async (host: TestHost) => (await (await host.heartbeat()).json<{ drain: boolean }>()).drain

it('a drained host gets no room at once, is told, and stays so over evictions and restarts', async () => {
  const region = 'north'
  const host = await TestHost.enrolled(region)
  const { projectId, secretKey } = await newProject()
  const createRoom = () =>
    request(`/api/v1/projects/${projectId}/rooms`, { method: 'POST', key: secretKey, body: { region } })
  expect((await createRoom()).status).toBe(200)
  expect(await seen(host)).toMatchObject({ region, state: 'ready', drainAsked: false, version: 'test' })
  expect(await drainSaid(host)).toBe(false)

  expect((await ask(`/${host.hostId}/drain`, 'POST')).status).toBe(200)
  expect((await createRoom()).status).toBe(503)
  expect(await seen(host)).toMatchObject({ state: 'draining', drainAsked: true })
  await evictDurableObject(env.FLEET.getByName(region))
  expect((await createRoom()).status).toBe(503)
  expect(await drainSaid(host)).toBe(true)
  await host.enrol()
  expect((await createRoom()).status).toBe(503)
  expect(await drainSaid(host)).toBe(true)

  expect((await ask(`/${host.hostId}/undrain`, 'POST')).status).toBe(200)
  expect((await createRoom()).status).toBe(200)
  expect(await drainSaid(host)).toBe(false)
  expect(await seen(host)).toMatchObject({ state: 'ready', drainAsked: false })
})

it('hosts of all regions are listed, and unknown ones cannot be drained', async () => {
  const hosts = [await TestHost.enrolled(), await TestHost.enrolled('south'), await TestHost.enrolled('west')]
  await evictDurableObject(env.FLEET.getByName('default'))
  const regions = await Promise.all(hosts.map(async (host) => (await seen(host))?.region))
  expect(regions).toEqual(['default', 'south', 'west'])
  const stranger = await TestHost.make()
  for (const id of [stranger.hostId, 'nobody']) expect((await ask(`/${id}/drain`, 'POST')).status).toBe(404)
})
