import { participantIdSchema, roomIdSchema } from '@radist-tech/protocol/ids'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { RadistError } from '../errors.ts'
import { FakeWebSocket } from '../fake-web-socket.ts'
import { type NotificationHandlers, RoomSignaling } from './room-signaling.ts'

const roomId = roomIdSchema.parse('6f1c2f0e-3b57-4f6e-8a8e-0d5d8c1f2a3b')
const participantId = participantIdSchema.parse(`part_${'a'.repeat(22)}`)
const otherId = participantIdSchema.parse(`part_${'b'.repeat(22)}`)

const noAnswer = () => Promise.reject(new RadistError('server_unreachable'))
const session = (reconnectToken: string) => ({ participantId, roomId, reconnectToken, participants: [] })
const joined = {
  ...session('rt_0_x'),
  permissions: { publish: true, subscribe: true, data: true },
  routerRtpCapabilities: { codecs: [] },
}

function start(locate: () => Promise<{ signalingUrl: string; roomToken: string }> = noAnswer) {
  const sockets: FakeWebSocket[] = []
  const heard: string[] = []
  const located: object[] = []
  const note = (name: string) => () => {
    heard.push(name)
  }
  const handlers: NotificationHandlers = {
    joined: (data) => signaling.seated(data),
    resumed: (data) => signaling.seated(data),
    participantJoined: note('participantJoined'),
    participantDisconnected: note('participantDisconnected'),
    participantReconnected: note('participantReconnected'),
    participantLeft: note('participantLeft'),
    producerAdded: note('producerAdded'),
    producerPaused: note('producerPaused'),
    producerResumed: note('producerResumed'),
    producerClosed: note('producerClosed'),
    dataRefused: note('dataRefused'),
    audioLevels: note('audioLevels'),
    connectionQuality: note('connectionQuality'),
    consumerClosed: note('consumerClosed'),
    consumerLayersChanged: note('consumerLayersChanged'),
    layersWanted: note('layersWanted'),
    mediaReset: note('mediaReset'),
    removed: note('removed'),
    trackMuted: note('trackMuted'),
    activeSpeaker: note('activeSpeaker'),
    closed: note('closed'),
  }
  const signaling: RoomSignaling = new RoomSignaling(
    {
      signalingUrl: 'wss://sfu.test/api/v1/sfu/signaling/ws',
      roomId,
      publicKey: 'rad_pk_x',
      roomToken: 'ct_x',
      random: () => 0,
      locate: (_, proof) => {
        located.push(proof)
        return locate()
      },
      webSocketFactory: (url) => {
        const socket = new FakeWebSocket(url)
        sockets.push(socket)
        return socket
      },
    },
    handlers,
    (state) => heard.push(state),
  )
  const last = () => {
    const socket = sockets.at(-1)
    if (!socket) throw new Error('no socket was opened')
    return socket
  }
  const receive = (frame: unknown) => last().receive(JSON.stringify(frame))
  return { signaling, sockets, heard, located, last, receive }
}

async function startJoined(locate?: Parameters<typeof start>[0]) {
  const started = start(locate)
  const opened = started.signaling.open()
  started.receive({ event: 'joined', data: joined, seq: 1 })
  await opened
  return started
}

const elsewhere = { signalingUrl: 'wss://other.test/ws', roomToken: 'ct_y' }
const queriesOf = (sockets: FakeWebSocket[]) =>
  sockets.map(({ url }) => {
    const { host, searchParams } = new URL(url)
    return { host, ...Object.fromEntries(searchParams) }
  })

const requestsOf = (socket: FakeWebSocket): { id: number; method: string }[] =>
  socket.sent.map((text) => JSON.parse(text))

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('RoomSignaling', () => {
  it('gives each request its own answer, in whatever order they come', async () => {
    const { signaling, last, receive } = await startJoined()
    const first = signaling.request('createTransport', { direction: 'send' })
    const second = signaling.request('pauseProducer', { producerId: 'p' })
    const [one, two] = requestsOf(last())
    receive({ id: two?.id, ok: false, error: { code: 'not-found', message: 'No such producer.' } })
    receive({
      id: one?.id,
      ok: true,
      data: {
        transportId: 't',
        iceParameters: {},
        iceCandidates: [],
        dtlsParameters: {},
        sctpParameters: {},
      },
    })
    await expect(first).resolves.toMatchObject({ transportId: 't' })
    await expect(second).rejects.toMatchObject({ code: 'request_refused', roomErrorCode: 'not-found' })
    expect(vi.getTimerCount()).toBe(1)
  })

  it('rejects an answer of the wrong form, and one that never comes', async () => {
    const { signaling, last, receive } = await startJoined()
    const odd = signaling.request('restartIce', { transportId: 't' })
    receive({ id: requestsOf(last())[0]?.id, ok: true, data: { iceParameters: 1 } })
    await expect(odd).rejects.toMatchObject({ code: 'unexpected_answer' })
    const silent = expect(signaling.request('restartIce', { transportId: 't' })).rejects.toMatchObject({
      code: 'request_timeout',
    })
    for (let waited = 0; waited < 10; waited++) {
      await vi.advanceTimersByTimeAsync(1000)
      receive({ event: 'activeSpeaker', data: { participantId: null }, seq: waited + 2 })
    }
    await silent
  })

  it('rejects what is open when the socket goes, and what is asked while it is gone', async () => {
    const { signaling, last } = await startJoined()
    const open = expect(signaling.request('restartIce', { transportId: 't' })).rejects.toMatchObject({
      code: 'server_unreachable',
    })
    last().closeFromServer(1006, '')
    await open
    await expect(signaling.request('restartIce', { transportId: 't' })).rejects.toMatchObject({
      code: 'server_unreachable',
    })
  })

  it('comes back with its seat and the last number it took, and takes nothing twice', async () => {
    const { signaling, sockets, heard, last, receive } = await startJoined()
    receive({ event: 'activeSpeaker', data: { participantId: otherId }, seq: 2 })
    receive({ event: 'activeSpeaker', data: { participantId: otherId }, seq: 2 })
    last().closeFromServer(1006, '')
    await vi.advanceTimersByTimeAsync(200)
    receive({ event: 'resumed', data: { ...session('rt_1_x'), transportIds: [] }, seq: 3 })
    receive({ event: 'participantLeft', data: { participantId: otherId, reason: 'left' }, seq: 4 })
    expect(heard).toEqual(['connected', 'activeSpeaker', 'reconnecting', 'connected', 'participantLeft'])
    last().closeFromServer(1006, '')
    await vi.advanceTimersByTimeAsync(200)
    expect(sockets.map((socket) => Object.fromEntries(new URL(socket.url).searchParams))).toEqual([
      { publicKey: 'rad_pk_x', roomToken: 'ct_x' },
      { publicKey: 'rad_pk_x', roomId, participantId, reconnectToken: 'rt_0_x', lastSeq: '2' },
      { publicKey: 'rad_pk_x', roomId, participantId, reconnectToken: 'rt_1_x', lastSeq: '4' },
    ])
    signaling.close()
  })

  it('keeps alive with a request that the host answers', async () => {
    const { last, receive, sockets } = await startJoined()
    await vi.advanceTimersByTimeAsync(10_000)
    const ping = requestsOf(last())[0]
    expect(ping).toMatchObject({ method: 'ping', data: {} })
    receive({ id: ping?.id, ok: true, data: {} })
    await vi.advanceTimersByTimeAsync(9_000)
    expect(sockets).toHaveLength(1)
  })

  it('says that it leaves', async () => {
    const { signaling, last } = await startJoined()
    signaling.close()
    expect(requestsOf(last()).map(({ method }) => method)).toEqual(['leave'])
    expect(last().closed).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  describe('when its stay at the host is over', () => {
    it('goes on as itself where the room is now, and counts what it hears from 1 again', async () => {
      const { signaling, sockets, heard, located, receive } = await startJoined(async () => elsewhere)
      receive({ event: 'activeSpeaker', data: { participantId: otherId }, seq: 2 })
      signaling.relocate()
      await vi.advanceTimersByTimeAsync(200)
      expect(located).toEqual([{ participantId, reconnectToken: 'rt_0_x' }])
      expect(queriesOf(sockets).at(-1)).toEqual({
        host: 'other.test',
        publicKey: 'rad_pk_x',
        roomToken: 'ct_y',
      })
      receive({ event: 'joined', data: { ...joined, reconnectToken: 'rt_0_z' }, seq: 1 })
      receive({ event: 'activeSpeaker', data: { participantId: null }, seq: 2 })
      expect(heard).toEqual(['connected', 'activeSpeaker', 'reconnecting', 'connected', 'activeSpeaker'])
    })

    it('asks where the room is when the host does not answer, and goes there once it has moved', async () => {
      let now = { signalingUrl: 'wss://sfu.test/api/v1/sfu/signaling/ws', roomToken: 'ct_same' }
      const { sockets, located, last } = await startJoined(async () => now)
      for (let attempt = 0; attempt < 3; attempt++) {
        last().closeFromServer(1006, '')
        await vi.advanceTimersByTimeAsync(800)
      }
      expect(located).toHaveLength(1)
      // Where it was: its reconnect token is good there, and its media goes on.
      expect(queriesOf(sockets).at(-1)).toMatchObject({ host: 'sfu.test', reconnectToken: 'rt_0_x' })
      now = elsewhere
      last().closeFromServer(1006, '')
      await vi.advanceTimersByTimeAsync(1600)
      expect(queriesOf(sockets).at(-1)).toMatchObject({ host: 'other.test', roomToken: 'ct_y' })
    })

    it('asks at once when the host knows nothing of it, and says so when its place is gone', async () => {
      const { sockets, heard, located, last } = await startJoined(() =>
        Promise.reject(new RadistError('invalid_reconnect_token')),
      )
      last().closeFromServer(1006, '')
      await vi.advanceTimersByTimeAsync(200)
      last().closeFromServer(4404, 'Participant not found.')
      await vi.advanceTimersByTimeAsync(400)
      expect(located).toHaveLength(1)
      expect(sockets).toHaveLength(2)
      expect(heard.at(-1)).toBe('closed')
      expect(vi.getTimerCount()).toBe(0)
    })

    it('goes on asking while the control plane is away', async () => {
      let answers = false
      const { signaling, sockets, located } = await startJoined(() =>
        answers ? Promise.resolve(elsewhere) : noAnswer(),
      )
      signaling.relocate()
      await vi.advanceTimersByTimeAsync(3000)
      expect(located.length).toBeGreaterThan(2)
      expect(sockets).toHaveLength(1)
      answers = true
      await vi.advanceTimersByTimeAsync(4000)
      expect(queriesOf(sockets)).toHaveLength(2)
    })

    it('opens nothing more once it is closed', async () => {
      const { signaling, sockets } = await startJoined(async () => elsewhere)
      signaling.relocate()
      signaling.close()
      await vi.advanceTimersByTimeAsync(10_000)
      expect(sockets).toHaveLength(1)
    })
  })
  describe('when the host of its token does not let it in', () => {
    const there = { signalingUrl: 'wss://sfu.test/api/v1/sfu/signaling/ws', roomToken: 'ct_same' }

    it.each([
      ['does not answer', 1006, ''],
      ['knows the room no more', 4404, 'Room not found.'],
      ['has lost it to another', 4409, 'The room has moved to another host.'],
      ['takes nobody', 4503, 'No SFU host is available. Try again shortly.'],
    ])('joins where the room is now: it %s', async (_, code, reason) => {
      const { signaling, sockets, heard, located, last, receive } = start(async () => elsewhere)
      const opened = signaling.open()
      last().closeFromServer(code, reason)
      await vi.advanceTimersByTimeAsync(200)
      expect(located).toEqual([{ roomToken: 'ct_x' }])
      expect(queriesOf(sockets)[1]).toEqual({ host: 'other.test', publicKey: 'rad_pk_x', roomToken: 'ct_y' })
      receive({ event: 'joined', data: joined, seq: 1 })
      await opened
      expect(heard).toEqual(['connected'])
      signaling.close()
    })

    it('waits for a host that does not answer to count as lost, and then goes where the room is', async () => {
      let now = there
      const { signaling, sockets, last, receive } = start(async () => now)
      const opened = signaling.open()
      for (let waited = 0; waited < 6000; waited += 100) {
        if (!last().closed) last().closeFromServer(1006, '')
        await vi.advanceTimersByTimeAsync(100)
      }
      expect(new Set(queriesOf(sockets).map(({ host }) => host))).toEqual(new Set(['sfu.test']))
      now = elsewhere
      last().closeFromServer(1006, '')
      await vi.advanceTimersByTimeAsync(2000)
      expect(queriesOf(sockets).at(-1)).toMatchObject({ host: 'other.test', roomToken: 'ct_y' })
      receive({ event: 'joined', data: joined, seq: 1 })
      await opened
      signaling.close()
    })

    it('gives up after 15 s, with the reason', async () => {
      const { signaling, last } = start(async () => there)
      const refused = expect(signaling.open()).rejects.toMatchObject({ code: 'server_unreachable' })
      for (let waited = 0; waited < 18_000; waited += 100) {
        if (!last().closed) last().closeFromServer(1006, '')
        await vi.advanceTimersByTimeAsync(100)
      }
      await refused
      expect(signaling.state).toBe('closed')
      expect(vi.getTimerCount()).toBe(0)
    })

    it.each([
      [
        'its host speaks for the room',
        there,
        4503,
        'No SFU host is available. Try again shortly.',
        'no_host_available',
      ],
      ['the control plane is away too', null, 1006, '', 'server_unreachable'],
    ])('asks once, and says what the host said, where %s', async (_, answer, code, reason, expected) => {
      const { signaling, sockets, located, last } = start(() =>
        answer ? Promise.resolve(answer) : noAnswer(),
      )
      const refused = expect(signaling.open()).rejects.toMatchObject({ code: expected })
      last().closeFromServer(code, reason)
      await vi.advanceTimersByTimeAsync(10_000)
      await refused
      expect([sockets.length, located.length]).toEqual([1, 1])
    })

    it('asks nobody when the token itself is refused', async () => {
      const { signaling, located, last } = start(async () => elsewhere)
      const refused = expect(signaling.open()).rejects.toMatchObject({ code: 'used_room_token' })
      last().closeFromServer(4401, 'Room token has already been used.')
      await refused
      await vi.advanceTimersByTimeAsync(10_000)
      expect(located).toEqual([])
    })
  })
})
