import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { MAX_SFU_HOSTS, planPorts, portUses, requireFreePorts } from './ports.ts'

test('the ports of the largest stack are all different', () => {
  const uses = portUses(planPorts(8787, MAX_SFU_HOSTS), 100, true)
  expect(new Set(uses.map(({ port }) => port)).size).toBe(uses.length)
})

test('all ports move with the base', () => {
  const here = portUses(planPorts(8787, 2), 2, true)
  const there = portUses(planPorts(18787, 2), 2, true)
  expect(there.map(({ port }) => port - 10_000)).toEqual(here.map(({ port }) => port))
})

test('without the Stripe sandbox its port is not asked for', () => {
  const ports = portUses(planPorts(8787, 1), 1, false).map(({ port }) => port)
  expect(ports).toEqual([8787, 8788, 8797, 8887])
})

test('a taken port is named with its purpose and the way to move it', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const checked = requireFreePorts([{ port, purpose: 'the Worker', udp: false }])
  await expect(checked).rejects.toThrow(new RegExp(`Port ${port}, for the Worker,.*RADIST_PORT`))
  server.close()
  await once(server, 'close')
  await requireFreePorts([{ port, purpose: 'the Worker', udp: true }])
})
