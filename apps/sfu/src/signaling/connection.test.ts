import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { limitsOf, limitVariables } from '../limits.ts'
import { HostMetrics } from '../metrics/host-metrics.ts'
import { Connection } from './connection.ts'

/** A connection whose socket has this many bytes waiting after each send, and a clock that is set by hand. */
function open(waiting: number) {
  const socket = { did: [] as string[], waiting }
  const clock = { now: 0 }
  const note = (what: string) => () => socket.did.push(what)
  const connection = new Connection(
    {
      send: (text) => socket.did.push(text),
      getBufferedAmount: () => socket.waiting,
      ping: note('ping'),
      end: (code) => socket.did.push(`end ${code}`),
      close: note('close'),
    },
    {
      clock: { monotonic: () => clock.now, wall: () => 0 },
      limits: limitsOf(z.object(limitVariables).parse({})),
      metrics: new HostMetrics(),
    },
  )
  const heard: string[] = []
  connection.listen({
    frame: (text) => heard.push(text),
    badFrame: (problem) => heard.push(problem),
    alive: () => undefined,
    closed: (ending) => heard.push(`closed: ${ending}`),
  })
  return { connection, socket, clock, heard }
}

const MIB = 1_048_576

describe('a socket that is not read', () => {
  it('is kept while 1 MiB waits, and cut at one byte more', () => {
    const { connection, socket, heard } = open(MIB)
    connection.send('a')
    expect(connection.open).toBe(true)
    socket.waiting = MIB + 1
    connection.send('b')
    expect(socket.did).toEqual(['a', 'b', 'close'])
    expect(heard).toEqual(['closed: silent'])
    expect(connection.open).toBe(false)
    connection.send('c')
    expect(socket.did).toHaveLength(3)
  })
})

describe('a socket that is silent', () => {
  it('is asked for a sign of life each time, and cut after 15 s without one', () => {
    const { connection, socket, clock, heard } = open(0)
    const lookAt = (now: number) => {
      clock.now = now
      connection.checkLiveness(now)
    }
    lookAt(1999)
    expect(socket.did).toEqual([])
    lookAt(2000)
    lookAt(3000)
    expect(socket.did).toEqual(['ping', 'ping'])
    connection.heard()
    lookAt(17_999)
    expect(heard).toEqual([])
    lookAt(18_000)
    expect(socket.did.at(-1)).toBe('close')
    expect(heard).toEqual(['closed: silent'])
    expect(connection.aliveAt).toBe(3000)
  })
})
