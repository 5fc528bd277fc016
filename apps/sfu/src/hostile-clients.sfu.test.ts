import type { Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ALL_PERMISSIONS, type AssignedRoom, PUBLIC_KEY } from './testing/control-plane-stub.ts'
import { metricsOf, valueIn } from './testing/host-process.ts'
import { maskedFrame, openRawSocket } from './testing/raw-socket.ts'
import { startStack, type TestStack } from './testing/test-host.ts'
import type { TestParticipant } from './testing/test-participant.ts'

const vp8 = {
  codecs: [{ mimeType: 'video/VP8', payloadType: 101, clockRate: 90_000 }],
  encodings: [{ ssrc: 11_111_111 }],
  headerExtensions: [],
  rtcp: { cname: 'x' },
}

describe('hostile clients', () => {
  let stack: TestStack
  let room: AssignedRoom
  let victim: TestParticipant
  let hostile: TestParticipant

  beforeAll(async () => {
    stack = await startStack()
  })
  afterAll(() => stack.close())
  beforeEach(async () => {
    room = await stack.controlPlane.assign()
    victim = await stack.join(room)
    hostile = await stack.join(room)
    await victim.notified('participantJoined')
  })
  /** Whatever was done, the other one is still there and served. */
  afterEach(async () => {
    expect(victim.closed).toBeNull()
    expect(await victim.request('ping', {})).toEqual({})
  })

  const codeOf = async (method: string, data: unknown, who = hostile): Promise<string> => {
    const response = await who.ask(method, data)
    return response.ok ? 'ok' : response.error.code
  }

  it('malformed, unknown, binary and oversized frames are answered, and the socket stays', async () => {
    const frames = [
      '',
      '{',
      '[]',
      '"x"',
      '{"id":-1,"method":"ping","data":{}}',
      new Uint8Array([1, 2]),
      'x'.repeat(70_000),
    ]
    for (const frame of frames) hostile.send(frame)
    await hostile.until(() => hostile.responses.length === frames.length, 'an answer to each')
    for (const response of hostile.responses) {
      expect(response).toMatchObject({ id: null, ok: false, error: { code: 'malformed' } })
    }
    expect(await codeOf('noSuchMethod', {})).toBe('unknown-method')
    expect(await codeOf('__proto__', {})).toBe('unknown-method')
    expect(await codeOf('createTransport', { direction: 'up' })).toBe('invalid-data')
    expect(await codeOf('createTransport', null)).toBe('invalid-data')
    expect(await codeOf('ping', {})).toBe('ok')
  })

  it('a burst of bad frames ends the stay', async () => {
    for (let i = 0; i < 22; i++) hostile.send('nonsense')
    expect(await hostile.refusal()).toEqual({ code: 4400, reason: 'Too many malformed frames.' })
    expect(await victim.notified('participantLeft')).toMatchObject({ reason: 'removed' })
  })

  it('a frame beyond all bounds ends the socket only', async () => {
    hostile.send('x'.repeat(400_000))
    expect(await hostile.refusal()).toMatchObject({ code: 1006 })
    await victim.notified('participantDisconnected')
  })

  it('ids of another are not found, and wrong order is refused', async () => {
    const { transportId, dtlsParameters } = await victim.request('createTransport', { direction: 'send' })
    const produce = { kind: 'video' as const, source: 'camera' as const, rtpParameters: vp8 }
    const { producerId } = await victim.request('produce', { transportId, ...produce })
    expect(await codeOf('connectTransport', { transportId, dtlsParameters })).toBe('not-found')
    expect(await codeOf('restartIce', { transportId })).toBe('not-found')
    expect(await codeOf('countSent', { transportId })).toBe('not-found')
    expect(await codeOf('produce', { transportId, ...produce })).toBe('not-found')
    expect(await codeOf('pauseProducer', { producerId })).toBe('not-found')
    expect(await codeOf('closeProducer', { producerId })).toBe('not-found')
    expect(await codeOf('resumeConsumer', { consumerId: producerId })).toBe('not-found')

    const own = await hostile.request('createTransport', { direction: 'recv' })
    expect(await hostile.request('countSent', { transportId: own.transportId })).toEqual({ rtpBytes: 0 })
    expect(await codeOf('produce', { transportId: own.transportId, ...produce })).toBe('invalid-state')
    const rtpCapabilities = (await hostile.notified('joined')).routerRtpCapabilities
    const consume = { transportId: own.transportId, producerId, rtpCapabilities }
    expect(await codeOf('consume', { ...consume, producerId: 'nobody’s' })).toBe('not-found')
    expect(await codeOf('consume', { ...consume, rtpCapabilities: {} })).toBe('unsupported-codec')
    expect(await codeOf('consume', { ...consume, rtpCapabilities: { codecs: 7 } })).toBe('unsupported-codec')
    expect(await codeOf('consume', consume)).toBe('ok')

    const elsewhere = await stack.join(await stack.controlPlane.assign())
    const outside = await elsewhere.request('createTransport', { direction: 'recv' })
    expect(await codeOf('consume', { ...consume, transportId: outside.transportId }, elsewhere)).toBe(
      'not-found',
    )
  })

  it('what mediasoup refuses is an answer, and connecting twice too', async () => {
    const { transportId, dtlsParameters } = await hostile.request('createTransport', { direction: 'send' })
    const produce = { transportId, kind: 'video', source: 'camera' }
    expect(await codeOf('produce', { ...produce, rtpParameters: {} })).toBe('rejected-by-media')
    expect(await codeOf('produce', { ...produce, rtpParameters: { ...vp8, codecs: [{}] } })).toBe(
      'rejected-by-media',
    )
    expect(await codeOf('produce', { ...produce, source: 'microphone', rtpParameters: vp8 })).toBe(
      'invalid-data',
    )
    expect(await codeOf('connectTransport', { transportId, dtlsParameters: {} })).toBe('rejected-by-media')
    expect(await codeOf('connectTransport', { transportId, dtlsParameters: { fingerprints: [{}] } })).toBe(
      'rejected-by-media',
    )
    const connect = { transportId, dtlsParameters: { ...dtlsParameters, role: 'client' } }
    expect(await codeOf('connectTransport', connect)).toBe('ok')
    expect(await codeOf('connectTransport', connect)).toBe('rejected-by-media')
    const data = { transportId, channel: 'reliable', streamId: 1 }
    expect(await codeOf('produceData', { ...data, streamId: -5 })).toBe('invalid-data')
    expect(await codeOf('produceData', { ...data, channel: 'chat' })).toBe('invalid-data')
    expect(await codeOf('produceData', data)).toBe('ok')
    // Two channels cannot share a stream; one that is opened again takes the former's place.
    expect(await codeOf('produceData', { ...data, channel: 'unreliable' })).toBe('rejected-by-media')
    expect(await codeOf('produceData', data)).toBe('ok')
  })

  it('parameters of wrong types do not reach the media worker, whose requests of all rooms share one buffer', async () => {
    const { transportId } = await hostile.request('createTransport', { direction: 'send' })
    const produce = { transportId, kind: 'video', source: 'camera' }
    const encodings = [{ maxBitrate: 'x' }, { maxBitrate: 1.5 }, { ssrc: -1 }, { dtx: {} }, { rid: 7 }]
    for (const encoding of encodings) {
      const rtpParameters = { ...vp8, encodings: [{ ssrc: 11_111_111, ...encoding }] }
      expect(await codeOf('produce', { ...produce, rtpParameters })).toBe('rejected-by-media')
      expect(await codeOf('createTransport', { direction: 'recv' }, victim)).toMatch(/^ok$|^limit-reached$/)
    }
    expect(await codeOf('produce', { ...produce, rtpParameters: vp8 })).toBe('ok')
  })

  it('nobody has more transports than the limit', async () => {
    for (let i = 0; i < 4; i++) expect(await codeOf('createTransport', { direction: 'recv' })).toBe('ok')
    expect(await codeOf('createTransport', { direction: 'recv' })).toBe('limit-reached')
  })

  it('a token’s permissions hold', async () => {
    const none = await stack.controlPlane.roomToken(room, {
      permissions: { ...ALL_PERMISSIONS, publish: false, subscribe: false, data: false },
    })
    const silent = await stack.join(room, none)
    const { transportId } = await silent.request('createTransport', { direction: 'send' })
    const produce = { transportId, kind: 'video', source: 'camera', rtpParameters: vp8 }
    expect(await codeOf('produce', produce, silent)).toBe('permission-denied')
    const consume = { transportId, producerId: 'x', rtpCapabilities: {} }
    expect(await codeOf('consume', consume, silent)).toBe('permission-denied')
    const data = { transportId, channel: 'reliable', streamId: 1 }
    expect(await codeOf('produceData', data, silent)).toBe('permission-denied')
    const receive = { transportId, channel: 'reliable' }
    expect(await codeOf('consumeData', receive, silent)).toBe('permission-denied')
    expect(await codeOf('resumeDataConsumer', { dataConsumerId: 'x' }, silent)).toBe('not-found')
  })

  it('a client that reads nothing is closed once 1 MiB waits for it', async () => {
    const roomToken = await stack.controlPlane.roomToken(room)
    const deaf = await openRawSocket(stack.url, { publicKey: PUBLIC_KEY, roomToken })
    await victim.notified('participantJoined')
    deaf.pause()
    const closed = closeOf(deaf)
    // Each is refused in more words than it has: 100 bytes and more, beyond what the kernel's buffers hold.
    const frame = maskedFrame('{"id":1,"method":"createTransport","data":{"direction":"up"}}')
    const frames = Buffer.concat(Array.from({ length: 100_000 }, () => frame))
    deaf.write(frames)
    await victim.notified('participantDisconnected')
    deaf.resume()
    await closed
    expect(valueIn(await metricsOf(stack.url), 'radist_sfu_sockets_cut_total{reason="unread"}')).toBe(1)
  })

  it('frames before admission are refused, and too many of them end the socket', async () => {
    const answer = Promise.withResolvers<void>()
    stack.controlPlane.beforeAdmission = () => answer.promise
    const roomToken = await stack.controlPlane.roomToken(room)
    const hasty = await openRawSocket(stack.url, { publicKey: PUBLIC_KEY, roomToken })
    let read = ''
    hasty.on('data', (chunk) => {
      read += chunk
    })
    const closed = closeOf(hasty)
    for (let i = 0; i < 22; i++) hasty.write(maskedFrame('{"id":1,"method":"consume","data":{}}'))
    await closed
    expect(read).toContain('Not in the room yet.')
    expect(read).toContain('Too many malformed frames.')
    stack.controlPlane.beforeAdmission = async () => undefined
    answer.resolve()
  })

  it('many requests at once are all answered, in their order', async () => {
    const codes = await Promise.all(Array.from({ length: 300 }, () => codeOf('ping', {})))
    expect(new Set(codes)).toEqual(new Set(['ok']))
    const ids = hostile.responses.map((response) => response.id)
    expect(ids).toEqual([...ids].sort((a, b) => Number(a) - Number(b)))
  })
})

/** Unlike `once` of node:events, not refused by the reset that comes before it. */
const closeOf = (socket: Socket): Promise<void> =>
  new Promise((resolve) => socket.once('close', () => resolve()))
