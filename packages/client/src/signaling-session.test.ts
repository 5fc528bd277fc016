import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FakeWebSocket } from './fake-web-socket.ts'
import { type ConnectionState, SignalingSession } from './signaling-session.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function startSession(options: { forbidden?: boolean } = {}) {
  const sockets: FakeWebSocket[] = []
  const states: [ConnectionState, string | undefined][] = []
  let generation = 0
  const session: SignalingSession = new SignalingSession({
    webSocketFactory: (url) => {
      if (options.forbidden) throw new DOMException('An insecure address.', 'SecurityError')
      const socket = new FakeWebSocket(url)
      sockets.push(socket)
      return socket
    },
    random: () => 0,
    url: () => `wss://radist.test/?generation=${generation++}`,
    pingFrame: () => 'ping',
    onText: (text) => {
      if (text === 'welcome') session.ready()
    },
    onState: (state, error) => states.push([state, error?.code]),
  })
  const last = () => {
    const socket = sockets.at(-1)
    if (!socket) throw new Error('no socket was opened')
    return socket
  }
  return { session, sockets, states, last }
}

async function startConnected() {
  const started = startSession()
  const opened = started.session.open()
  started.last().receive('welcome')
  await opened
  return started
}

describe('SignalingSession', () => {
  it('ends with an error when the browser refuses to open the address, and leaves nothing', async () => {
    const { session, states } = startSession({ forbidden: true })
    await expect(session.open()).rejects.toMatchObject({ code: 'invalid_argument' })
    expect(states).toEqual([['closed', 'invalid_argument']])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('opens, and is connected after the handshake', async () => {
    const { session, states } = await startConnected()
    expect(session.state).toBe('connected')
    expect(states).toEqual([['connected', undefined]])
    session.close()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('rejects with the server’s reason when it is refused', async () => {
    const { session, last } = startSession()
    const opened = session.open()
    last().closeFromServer(4401, 'Call token has expired.')
    await expect(opened).rejects.toMatchObject({ code: 'expired_call_token' })
    expect(vi.getTimerCount()).toBe(0)
  })

  it('rejects when no handshake comes', async () => {
    const { session, last } = startSession()
    const opened = session.open()
    const rejected = expect(opened).rejects.toMatchObject({ code: 'request_timeout' })
    await vi.advanceTimersByTimeAsync(10_000)
    await rejected
    expect(last().closed).toBe(true)
  })

  it('opens the next socket, with a fresh address, when one is lost', async () => {
    const { sockets, states, last, session } = await startConnected()
    last().closeFromServer(1006, '')
    expect(session.send('x')).toBe(false)
    await vi.advanceTimersByTimeAsync(200)
    expect(sockets.map((socket) => socket.url.slice(-1))).toEqual(['0', '1'])
    last().receive('welcome')
    expect(states.map(([state]) => state)).toEqual(['connected', 'reconnecting', 'connected'])
    expect(session.send('x')).toBe(true)
  })

  it('waits longer after each failed attempt, and begins anew after a success', async () => {
    const { sockets, last } = await startConnected()
    last().closeFromServer(1006, '')
    await vi.advanceTimersByTimeAsync(200)
    last().closeFromServer(1006, '')
    await vi.advanceTimersByTimeAsync(399)
    expect(sockets).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(1)
    expect(sockets).toHaveLength(3)
    last().receive('welcome')
    last().closeFromServer(1012, '')
    await vi.advanceTimersByTimeAsync(200)
    expect(sockets).toHaveLength(4)
  })

  it('waits no longer than 2 s while the server may be back any moment, and longer after 15 s', async () => {
    const { sockets, last } = await startConnected()
    const openedAt: number[] = []
    for (let waited = 0; waited < 40_000; waited += 100) {
      if (!last().closed) {
        openedAt.push(waited)
        last().closeFromServer(1006, '')
      }
      await vi.advanceTimersByTimeAsync(100)
    }
    const delays = openedAt
      .slice(1)
      .map((at, i) => ({ at: openedAt[i] ?? 0, delay: at - (openedAt[i] ?? 0) }))
    const soon = delays.filter(({ at }) => at < 15_000).map(({ delay }) => delay)
    // Random is 0 here, so that each is half of what it may be.
    expect(Math.max(...soon)).toBe(1000)
    expect(delays.at(-1)?.delay).toBe(4000)
    expect(sockets.length).toBeGreaterThan(15)
  })

  it('finds a dead socket by its unanswered ping', async () => {
    const { sockets, last } = await startConnected()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(last().sent).toEqual(['ping'])
    last().receive('pong')
    await vi.advanceTimersByTimeAsync(14_999)
    expect(sockets).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(201)
    expect(sockets).toHaveLength(2)
    expect(sockets[0]?.closed).toBe(true)
  })

  it('ends for good when a reconnection is refused', async () => {
    const { states, last, sockets } = await startConnected()
    last().closeFromServer(1006, '')
    await vi.advanceTimersByTimeAsync(200)
    last().closeFromServer(4410, 'Call has been terminated.')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(states.at(-1)).toEqual(['closed', 'call_terminated'])
    expect(sockets).toHaveLength(2)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('gives up after two minutes out of reach, until it is asked to reconnect', async () => {
    const { session, states, sockets, last } = await startConnected()
    last().closeFromServer(1006, '')
    while (session.state === 'reconnecting') {
      await vi.advanceTimersByTimeAsync(8000)
      last().closeFromServer(1006, '')
    }
    expect(states.at(-1)).toEqual(['disconnected', 'server_unreachable'])
    const attempts = sockets.length
    const reconnected = session.reconnect()
    expect(sockets).toHaveLength(attempts + 1)
    last().receive('welcome')
    await reconnected
    expect(session.state).toBe('connected')
  })

  it('ignores what an abandoned socket still says', async () => {
    const { session, sockets, last } = await startConnected()
    const abandoned = last()
    const reconnected = session.reconnect()
    abandoned.receive('welcome')
    abandoned.closeFromServer(4410, 'Call has been terminated.')
    expect(session.state).toBe('reconnecting')
    last().receive('welcome')
    await reconnected
    expect(sockets).toHaveLength(2)
  })

  it('says farewell, closes its socket and leaves no timer', async () => {
    const { session, last } = await startConnected()
    session.close({ farewell: 'bye' })
    expect(last().sent).toEqual(['bye'])
    expect(last().closed).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
    await expect(session.reconnect()).rejects.toMatchObject({ code: 'connection_closed' })
  })
})
