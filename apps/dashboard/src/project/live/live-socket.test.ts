import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LiveSocket, type LiveState, PING, PONG } from './live-socket.ts'

/** The socket's far end, and what the page does with it. */
class FakeSocket {
  onopen: (() => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  onclose: ((event: { code: number }) => void) | null = null
  readonly sent: string[] = []
  closed = false
  send(text: string) {
    this.sent.push(text)
  }
  close() {
    this.closed = true
  }
}

let sockets: FakeSocket[]
let frames: string[]
let states: LiveState[]
let live: LiveSocket

beforeEach(() => {
  vi.useFakeTimers()
  sockets = []
  frames = []
  states = []
  live = new LiveSocket({
    url: 'ws://page.example/live',
    onFrame: (text) => frames.push(text),
    onState: (state) => states.push(state),
    openSocket: () => {
      const socket = new FakeSocket()
      sockets.push(socket)
      return socket as unknown as WebSocket
    },
    random: () => 0,
  })
})
afterEach(() => {
  live.close()
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

const last = (): FakeSocket => {
  const socket = sockets.at(-1)
  if (!socket) throw new Error('no socket')
  return socket
}

describe('a live socket', () => {
  it('hands on frames, but no answers to pings', () => {
    last().onopen?.()
    last().onmessage?.({ data: 'one' })
    last().onmessage?.({ data: PONG })
    expect([frames, states]).toEqual([['one'], ['open']])
  })

  it('is opened again after ever longer pauses, which begin anew once it worked', () => {
    for (const pause of [250, 500, 1000, 2000]) {
      const before = sockets.length
      last().onclose?.({ code: 1006 })
      vi.advanceTimersByTime(pause - 1)
      expect(sockets).toHaveLength(before)
      vi.advanceTimersByTime(1)
      expect(sockets).toHaveLength(before + 1)
    }
    last().onmessage?.({ data: 'back' })
    last().onclose?.({ code: 1006 })
    vi.advanceTimersByTime(250)
    expect(sockets).toHaveLength(6)
  })

  it('is opened again at once when the server asks for it', () => {
    last().onmessage?.({ data: 'here' })
    last().onclose?.({ code: 1012 })
    vi.advanceTimersByTime(0)
    expect(sockets).toHaveLength(2)
  })

  it.each([4401, 4403, 4404])('is not opened again after %d', (code) => {
    last().onclose?.({ code })
    vi.advanceTimersByTime(600_000)
    expect([sockets.length, states]).toEqual([1, ['refused']])
  })

  it('is given up when nothing answers a ping', () => {
    last().onopen?.()
    vi.advanceTimersByTime(25_000)
    expect(last().sent).toEqual([PING])
    vi.advanceTimersByTime(10_000)
    expect(sockets[0]?.closed).toBe(true)
    expect(states).toEqual(['lost'])
    vi.advanceTimersByTime(250)
    expect(sockets).toHaveLength(2)
  })

  it('stays while pings are answered', () => {
    last().onopen?.()
    for (let minute = 0; minute < 10; minute += 1) {
      vi.advanceTimersByTime(25_000)
      last().onmessage?.({ data: PONG })
    }
    expect([sockets.length, last().sent.length]).toEqual([1, 10])
  })

  it('does not wait when it is asked to hurry', () => {
    live.hurry()
    expect(sockets).toHaveLength(1)
    last().onclose?.({ code: 1006 })
    live.hurry()
    expect(sockets).toHaveLength(2)
  })

  it('hears nothing more of a socket that it has closed', () => {
    const socket = last()
    const { onclose } = socket
    live.close()
    expect([socket.onmessage, socket.onclose]).toEqual([null, null])
    expect(onclose).not.toBeNull()
    expect(states).toEqual([])
  })
})
