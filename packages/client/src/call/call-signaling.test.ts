import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FakeWebSocket } from '../fake-web-socket.ts'
import { CallSignaling } from './call-signaling.ts'

const callId = '6f1c2f0e-3b57-4f6e-8a8e-0d5d8c1f2a3b'
const ownId = `peer_${'a'.repeat(22)}`
const otherId = `peer_${'b'.repeat(22)}`

const connected = (reconnectToken: string) => ({
  type: 'connected',
  peerId: ownId,
  reconnectToken,
  polite: true,
  iceServers: [],
  call: { callId, createdAt: '2026-01-01T00:00:00.000Z', accessControl: 'public', peers: [] },
})

function start() {
  const sockets: FakeWebSocket[] = []
  const heard: string[] = []
  const signaling = new CallSignaling(
    {
      apiBaseUrl: 'https://radist.test',
      publicKey: 'rad_pk_x',
      callToken: 'ct_x',
      random: () => 0,
      webSocketFactory: (url) => {
        const socket = new FakeWebSocket(url)
        sockets.push(socket)
        return socket
      },
    },
    {
      connected: (frame) => heard.push(`connected ${frame.reconnectToken}`),
      frame: (frame) => heard.push(`${frame.type} ${frame.seq}`),
      refusedFrame: (code) => heard.push(`refused ${code}`),
      ended: (reason) => heard.push(`ended ${reason}`),
      state: (state, error) => heard.push(error ? `${state} ${error.code}` : state),
    },
  )
  const last = () => {
    const socket = sockets.at(-1)
    if (!socket) throw new Error('no socket was opened')
    return socket
  }
  const receive = (frame: unknown) => last().receive(JSON.stringify(frame))
  return { signaling, sockets, heard, last, receive }
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('CallSignaling', () => {
  it('brings the call token first, and the newest reconnect token after each loss', async () => {
    const { signaling, sockets, last, receive } = start()
    const opened = signaling.open()
    receive(connected('rt_1'))
    await opened
    receive({ type: 'peer-joined', peerId: otherId, seq: 1 })
    last().closeFromServer(1006, '')
    await vi.advanceTimersByTimeAsync(200)
    // This answer is lost with its socket, so the token from before is used again.
    last().closeFromServer(1006, '')
    await vi.advanceTimersByTimeAsync(400)
    receive(connected('rt_2'))
    last().closeFromServer(1006, '')
    await vi.advanceTimersByTimeAsync(200)

    const queries = sockets.map((socket) => {
      const url = new URL(socket.url)
      expect(`${url.protocol}//${url.host}${url.pathname}`).toBe('wss://radist.test/api/v1/p2p/signaling/ws')
      return Object.fromEntries(url.searchParams)
    })
    const seat = { publicKey: 'rad_pk_x', callId, peerId: ownId, lastSeq: '1' }
    expect(queries).toEqual([
      { publicKey: 'rad_pk_x', callToken: 'ct_x' },
      { ...seat, reconnectToken: 'rt_1' },
      { ...seat, reconnectToken: 'rt_1' },
      { ...seat, reconnectToken: 'rt_2' },
    ])
  })

  it('takes a frame that is sent again after the reconnection once', async () => {
    const { signaling, heard, last, receive } = start()
    const opened = signaling.open()
    receive(connected('rt_1'))
    await opened
    receive({ type: 'peer-joined', peerId: otherId, seq: 1 })
    receive({ type: 'offer', sdp: 'v=0', from: otherId, seq: 2 })
    last().closeFromServer(1006, '')
    await vi.advanceTimersByTimeAsync(200)
    receive(connected('rt_2'))
    receive({ type: 'offer', sdp: 'v=0', from: otherId, seq: 2 })
    receive({ type: 'candidate', candidate: null, from: otherId, seq: 3 })
    expect(heard).toEqual([
      'connected',
      'connected rt_1',
      'peer-joined 1',
      'offer 2',
      'reconnecting',
      'connected',
      'connected rt_2',
      'candidate 3',
    ])
  })

  it('holds frames while the socket is gone, and sends them in order afterwards', async () => {
    const { signaling, last, receive } = start()
    const opened = signaling.open()
    receive(connected('rt_1'))
    await opened
    last().closeFromServer(1006, '')
    signaling.send({ type: 'offer', sdp: 'a' })
    signaling.send({ type: 'candidate', candidate: null })
    await vi.advanceTimersByTimeAsync(200)
    receive(connected('rt_2'))
    expect(last().sent.map((text) => JSON.parse(text).type)).toEqual(['offer', 'candidate'])
  })

  it('ends with the call, and does not come back', async () => {
    const { signaling, heard, receive, sockets } = start()
    const opened = signaling.open()
    receive(connected('rt_1'))
    await opened
    receive({ type: 'call-ended', reason: 'ended-by-backend' })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(heard.slice(-2)).toEqual(['ended ended-by-backend', 'closed call_ended'])
    expect(sockets).toHaveLength(1)
  })

  it('passes over what it does not understand', async () => {
    const { signaling, heard, last, receive } = start()
    const opened = signaling.open()
    receive(connected('rt_1'))
    await opened
    const before = [...heard]
    last().receive('not JSON')
    receive({ type: 'from-the-future', seq: 1 })
    receive({ type: 'offer', seq: 1 })
    expect(heard).toEqual(before)
    receive({ type: 'error', code: 'no-peer', message: 'There is no other peer.' })
    expect(heard.at(-1)).toBe('refused no-peer')
  })

  it('says bye', async () => {
    const { signaling, last, receive } = start()
    const opened = signaling.open()
    receive(connected('rt_1'))
    await opened
    signaling.close()
    expect(last().sent).toEqual(['{"type":"bye"}'])
  })
})
