import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { NetworkPath } from './network-path.ts'

/** A host on 127.0.0.2 that answers each datagram with the port that it came from, and the path to it. */
async function pathToHost() {
  const host = createSocket('udp4')
  host.on('message', (_, { port, address }) => host.send(String(port), port, address))
  host.bind(0, '127.0.0.2')
  await once(host, 'listening')
  const { port } = host.address()
  const path = await NetworkPath.start({ announced: '127.0.0.1', host: '127.0.0.2', ports: [port] })
  const participant = createSocket('udp4')
  onTestFinished(async () => {
    host.close()
    participant.close()
    await path.close()
  })
  return { path, port, participant }
}

async function ask(participant: Socket, port: number): Promise<string> {
  const answer = once(participant, 'message')
  participant.send('?', port, '127.0.0.1')
  return String((await answer)[0])
}

it('passes datagrams both ways, and changes the address that the host sees', async () => {
  const { path, port, participant } = await pathToHost()
  const first = await ask(participant, port)
  expect(await ask(participant, port)).toBe(first)
  path.readdress()
  const second = await ask(participant, port)
  expect(second).not.toBe(first)
  expect(path.received.udp).toBe(2 * first.length + second.length)
})

it('lets nothing through while UDP is refused, but TCP', async () => {
  const { path, port, participant } = await pathToHost()
  const server = createServer((socket) => socket.end('over TCP')).listen(port, '127.0.0.2')
  onTestFinished(() => void server.close())
  path.udp = false
  participant.on('message', () => {
    throw new Error('A datagram passed.')
  })
  participant.send('?', port, '127.0.0.1')
  const client = connect(port, '127.0.0.1')
  expect(String((await once(client, 'data'))[0])).toBe('over TCP')
  expect(path.received).toEqual({ udp: 0, tcp: 8 })
  participant.removeAllListeners('message')
  path.udp = true
  await ask(participant, port)
})
