/** One room on several media workers. */
import { describe, expect, it, onTestFinished } from 'vitest'
import type { AssignedRoom } from './testing/control-plane-stub.ts'
import { MediaDevice } from './testing/media-device.ts'
import { textFrame } from './testing/received-data.ts'
import { type Environment, startStack, type TestStack } from './testing/test-host.ts'

/** A host on which each participant of a room is put on the other of its two workers. */
async function start(change: Environment = {}): Promise<TestStack> {
  const stack = await startStack({ RADIST_SFU_WORKER_SPREAD_CONSUMERS: '1', ...change })
  onTestFinished(() => stack.close())
  return stack
}

async function join(stack: TestStack, room: AssignedRoom, token?: string) {
  const participant = await stack.join(room, token)
  const media = await MediaDevice.open(participant)
  onTestFinished(() => media.close())
  return { participant, media }
}

const consumersPerWorker = ({ host }: TestStack) => host.workers.map(({ consumers }) => consumers)

describe('a room on two workers', () => {
  it('carries video, sound, who speaks, and data from each to each', async () => {
    const stack = await start()
    const room = await stack.controlPlane.assign()
    const ann = await join(stack, room)
    const bob = await join(stack, room)
    await ann.media.publishVideo()
    const camera = await bob.media.consume((await bob.participant.notified('producerAdded')).producer)
    await camera.decoded(10)
    await bob.media.publishAudio()
    await (await ann.media.consume((await ann.participant.notified('producerAdded')).producer)).decoded(20)
    expect(consumersPerWorker(stack)).toEqual([1, 1])
    const bobId = (await ann.participant.notified('participantJoined')).participantId
    expect(await ann.participant.notified('activeSpeaker')).toEqual({ participantId: bobId })
    expect(await bob.participant.notified('activeSpeaker')).toEqual({ participantId: bobId })

    const sender = await ann.media.sendingData('reliable')
    const received = await bob.media.receivingData('reliable')
    sender.send(textFrame('hello'))
    await received.next().then((frame) => expect(frame).toMatchObject({ type: 'message', isText: true }))
  })

  it('tells of mute, unmute and the end of a track on another worker', async () => {
    const stack = await start()
    const room = await stack.controlPlane.assign()
    const ann = await join(stack, room)
    const bob = await join(stack, room)
    const { id: producerId } = await ann.media.publishVideo()
    const { producer } = await bob.participant.notified('producerAdded')
    const consumer = await bob.media.consume(producer)
    await consumer.decoded(3)
    await ann.participant.request('pauseProducer', { producerId })
    await bob.participant.notified('producerPaused')
    // Asked again, it is answered with the state of now, which came through the pipe.
    const { rtpCapabilities } = bob.media
    const ask = async () => {
      const { transportId } = await bob.participant.request('createTransport', { direction: 'recv' })
      return bob.participant.request('consume', { transportId, producerId, rtpCapabilities })
    }
    const muted = await ask()
    expect(muted.producerPaused).toBe(true)
    await ann.participant.request('resumeProducer', { producerId })
    await bob.participant.notified('producerResumed')
    await ann.participant.request('closeProducer', { producerId })
    expect(await bob.participant.notified('producerClosed')).toMatchObject({ producerId })
    expect(await bob.participant.notified('consumerClosed')).toEqual({ consumerId: muted.consumerId })
    await expect(ask()).rejects.toThrow('not-found')
    expect(consumersPerWorker(stack)).toEqual([0, 0])
  })

  it('refuses what is over a worker’s limit, exactly, and takes it when there is room again', async () => {
    const stack = await start({ RADIST_SFU_WORKERS: '1', RADIST_SFU_WORKER_MAX_CONSUMERS: '3' })
    const room = await stack.controlPlane.assign()
    const permissions = { publish: true, subscribe: false, data: false }
    const ann = await join(stack, room, await stack.controlPlane.roomToken(room, { permissions }))
    const tracks = [await ann.media.publishVideo(), await ann.media.publishAudio()].map(({ id }) => id)
    const { rtpCapabilities } = ann.media
    const receivers = [await stack.join(room), await stack.join(room)]
    const answers = await Promise.all(
      receivers.map(async (receiver) => {
        const { transportId } = await receiver.request('createTransport', { direction: 'recv' })
        const asked = tracks.map((producerId) =>
          receiver.ask('consume', { transportId, producerId, rtpCapabilities }),
        )
        return Promise.all(asked)
      }),
    )
    const refused = answers.flat().filter(({ ok }) => !ok)
    expect(refused).toMatchObject([{ error: { code: 'limit-reached' } }])
    expect(consumersPerWorker(stack)).toEqual([3])

    // With every place taken nobody more is let in, as retryable.
    const late = stack.connect({ roomToken: await stack.controlPlane.roomToken(room) })
    expect(await late.refusal()).toMatchObject({ code: 4503 })
    await receivers[0]?.request('leave', {})
    await receivers[0]?.refusal()
    await (await stack.join(room)).notified('joined')
  })

  it('is balanced over both once the first has enough, as heartbeats tell', async () => {
    const stack = await start({ RADIST_SFU_WORKER_SPREAD_CONSUMERS: '10' })
    const room = await stack.controlPlane.assign()
    const ann = await join(stack, room)
    const { id: producerId } = await ann.media.publishVideo()
    const { rtpCapabilities } = ann.media
    const receivers = await Promise.all(Array.from({ length: 40 }, () => stack.join(room)))
    await Promise.all(
      receivers.map(async (receiver) => {
        const { transportId } = await receiver.request('createTransport', { direction: 'recv' })
        await receiver.request('consume', { transportId, producerId, rtpCapabilities })
      }),
    )
    const [first = 0, second = 0] = consumersPerWorker(stack)
    expect(first + second).toBe(40)
    expect(Math.max(first, second) / Math.min(first, second)).toBeLessThanOrEqual(1.2)
    await stack.controlPlane.until(
      () => stack.controlPlane.heartbeats.at(-1)?.consumers === 40,
      'a heartbeat with all consumers',
    )
  })
})
