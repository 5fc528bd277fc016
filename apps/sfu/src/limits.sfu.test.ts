/** The limits are what the variables say, each at its edge. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Environment, startStack } from './testing/test-host.ts'
import type { TestParticipant } from './testing/test-participant.ts'

async function start(limits: Environment) {
  const stack = await startStack({ RADIST_SFU_WORKERS: '1', ...limits })
  onTestFinished(() => stack.close())
  return { stack, room: await stack.controlPlane.assign() }
}

const tooMany = { code: 4429, reason: 'Too many requests.' }

/** A track of the participant's, described only: nothing is sent. */
async function produce(participant: TestParticipant, transportId: string, ssrc: number) {
  const codec = { mimeType: 'video/VP8', payloadType: 101, clockRate: 90_000 }
  const rtpParameters = { codecs: [codec], encodings: [{ ssrc }], headerExtensions: [], rtcp: { cname: 'x' } }
  const track = { kind: 'video', source: 'camera', rtpParameters } as const
  return participant.request('produce', { transportId, ...track })
}

describe('sockets', () => {
  it('of one address', async () => {
    const limits = { RADIST_SFU_MAX_SOCKETS_PER_ADDRESS: '2', RADIST_SFU_TRUSTED_PROXIES: '127.0.0.0/8' }
    const { stack, room } = await start(limits)
    await stack.join(room)
    const bob = await stack.join(room)
    const third = stack.connect({ roomToken: await stack.controlPlane.roomToken(room) })
    expect(await third.refusal()).toEqual(tooMany)
    await bob.drop()
    await stack.join(room)
  })

  it('of all', async () => {
    const { stack, room } = await start({ RADIST_SFU_MAX_SOCKETS: '2' })
    await stack.join(room)
    const bob = await stack.join(room)
    const third = stack.connect({ roomToken: await stack.controlPlane.roomToken(room) })
    expect(await third.refusal()).toEqual(tooMany)
    await bob.drop()
    await stack.join(room)
  })
})

describe('of one participant', () => {
  it('transports, producers and consumers; one that is closed makes room', async () => {
    const { stack, room } = await start({
      RADIST_SFU_MAX_TRANSPORTS: '2',
      RADIST_SFU_MAX_PRODUCERS: '2',
      RADIST_SFU_MAX_CONSUMERS: '1',
    })
    const [ann, bob] = [await stack.join(room), await stack.join(room)]
    const sending = await ann.request('createTransport', { direction: 'send' })
    await ann.request('createTransport', { direction: 'recv' })
    await expect(ann.request('createTransport', { direction: 'recv' })).rejects.toThrow('limit-reached')

    const { producerId: first } = await produce(ann, sending.transportId, 1001)
    const { producerId: second } = await produce(ann, sending.transportId, 1002)
    await expect(produce(ann, sending.transportId, 1003)).rejects.toThrow('limit-reached')

    const { transportId } = await bob.request('createTransport', { direction: 'recv' })
    const { routerRtpCapabilities: rtpCapabilities } = await bob.notified('joined')
    const consume = (producerId: string) =>
      bob.request('consume', { transportId, producerId, rtpCapabilities })
    const { consumerId } = await consume(first)
    await expect(consume(second)).rejects.toThrow('limit-reached')
    await bob.request('closeConsumer', { consumerId })
    await consume(second)
    await ann.request('closeProducer', { producerId: first })
    await produce(ann, sending.transportId, 1003)
  })

  it('requests that wait, and their bytes: those beyond are refused, the others answered', async () => {
    for (const [limits, padding] of [
      [{ RADIST_SFU_MAX_PENDING_REQUESTS: '16' }, ''],
      [{ RADIST_SFU_MAX_PENDING_BYTES: '131072' }, 'x'.repeat(60_000)],
    ] as const) {
      const { stack, room } = await start(limits)
      const ann = await stack.join(room)
      // The first keeps the others waiting, since the media worker has to answer it.
      const answers = await Promise.all([
        ann.ask('createTransport', { direction: 'recv' }),
        ...Array.from({ length: 40 }, () => ann.ask('ping', { padding })),
      ])
      const refused = answers.filter((answer) => !answer.ok && answer.error.code === 'limit-reached')
      expect(answers[0]?.ok).toBe(true)
      expect(refused.length).toBeGreaterThan(0)
      expect(await ann.request('ping', {})).toEqual({})
    }
  })
})
