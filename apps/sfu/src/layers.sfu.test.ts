/** Which layers receivers get and senders are told to send. What flows then is judged in Chromium (`layers.e2e.test.ts`). */
import { setTimeout as after } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { UNWANTED_MS } from './domain/dynacast.ts'
import type { AssignedRoom } from './testing/control-plane-stub.ts'
import { type Environment, startStack, type TestStack } from './testing/test-host.ts'
import type { TestParticipant } from './testing/test-participant.ts'

async function start(change: Environment = {}): Promise<{ stack: TestStack; room: AssignedRoom }> {
  const stack = await startStack(change)
  onTestFinished(() => stack.close())
  return { stack, room: await stack.controlPlane.assign() }
}

const simulcast = {
  mid: '0',
  codecs: [
    {
      mimeType: 'video/VP8' as const,
      payloadType: 96,
      clockRate: 90_000,
      rtcpFeedback: [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }, { type: 'transport-cc' }],
    },
  ],
  headerExtensions: [
    { uri: 'urn:ietf:params:rtp-hdrext:sdes:mid' as const, id: 1 },
    { uri: 'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id' as const, id: 2 },
  ],
  encodings: [
    { rid: 'r0', scaleResolutionDownBy: 4, scalabilityMode: 'L1T3' },
    { rid: 'r1', scaleResolutionDownBy: 2, scalabilityMode: 'L1T3' },
    { rid: 'r2', scaleResolutionDownBy: 1, scalabilityMode: 'L1T3' },
  ],
  rtcp: { cname: 'sender' },
}

async function publish(participant: TestParticipant): Promise<string> {
  const { transportId } = await participant.request('createTransport', { direction: 'send' })
  const { producerId } = await participant.request('produce', {
    transportId,
    kind: 'video',
    source: 'camera',
    rtpParameters: simulcast,
    width: 1280,
    height: 720,
  })
  return producerId
}

/** Receives it, at this size if one is said. */
async function receive(participant: TestParticipant, producerId: string, width?: number): Promise<string> {
  const { routerRtpCapabilities: rtpCapabilities } = await participant.notified('joined')
  const { transportId } = await participant.request('createTransport', { direction: 'recv' })
  const { consumerId } = await participant.request('consume', { transportId, producerId, rtpCapabilities })
  if (width !== undefined) await show(participant, consumerId, width)
  await participant.request('resumeConsumer', { consumerId })
  return consumerId
}

const show = (participant: TestParticipant, consumerId: string, width: number) =>
  participant.request('setViewport', { consumerId, width, height: (width * 9) / 16 })

describe.each([
  { where: 'one worker', change: {} },
  { where: 'two workers, through pipes', change: { RADIST_SFU_WORKER_SPREAD_CONSUMERS: '1' } },
])('layers on $where', ({ change }) => {
  it('are what the receivers together show: at once when more, after a while when less', async () => {
    const { stack, room } = await start(change)
    const ann = await stack.join(room)
    const producerId = await publish(ann)
    const told = async () => {
      const { layers, ...rest } = await ann.notified('layersWanted')
      expect(rest).toEqual({ producerId })
      return layers
    }
    expect(await told()).toEqual([false, false, false])

    const bob = await stack.join(room)
    const bobs = await receive(bob, producerId, 320)
    expect(await told()).toEqual([true, false, false])
    const cleo = await stack.join(room)
    const asked = performance.now()
    const cleos = await receive(cleo, producerId, 640)
    expect(await told()).toEqual([true, true, false])
    await show(bob, bobs, 1280)
    expect(await told()).toEqual([true, true, true])
    expect(performance.now() - asked).toBeLessThan(1000)

    await show(bob, bobs, 0)
    expect(await told()).toEqual([true, true, false])
    // A hidden one stays so, whatever else is asked for.
    await bob.request('resumeConsumer', { consumerId: bobs })
    await cleo.request('pauseConsumer', { consumerId: cleos })
    expect(await told()).toEqual([false, false, false])
    await cleo.request('resumeConsumer', { consumerId: cleos })
    expect(await told()).toEqual([true, true, false])
    // The track is larger now: its smallest layer is enough.
    await ann.request('updateTrack', { producerId, width: 2560, height: 1440 })
    expect(await told()).toEqual([true, false, false])
    await cleo.request('leave', {})
    expect(await told()).toEqual([false, false, false])
  })
})

it('layers that there are not of a track’s size are wanted by nobody, until it has another', async () => {
  const { stack, room } = await start()
  const ann = await stack.join(room)
  const producerId = await publish(ann)
  const told = async () => (await ann.notified('layersWanted')).layers
  expect(await told()).toEqual([false, false, false])
  const bob = await stack.join(room)
  const bobs = await receive(bob, producerId, 640)
  expect(await told()).toEqual([true, true, false])

  // Of this size the second encoding is the whole picture, and the first its half.
  await ann.request('updateTrack', { producerId, width: 640, height: 360, scales: [2, 1] })
  await show(bob, bobs, 320)
  expect(await told()).toEqual([true, false, false])
  await show(bob, bobs, 4000)
  expect(await told()).toEqual([true, true, false])
  const cleo = await stack.join(room)
  await receive(cleo, producerId)
  await ann.request('updateTrack', { producerId, width: 1280, height: 720, scales: [4, 2, 1] })
  expect(await told()).toEqual([true, true, true])

  const tooMany = { producerId, width: 640, height: 360, scales: [8, 4, 2, 1] }
  await expect(ann.request('updateTrack', tooMany)).rejects.toThrow('invalid-data')
  for (const scales of [[], [0.5], [Number.MAX_VALUE]])
    await expect(ann.request('updateTrack', { ...tooMany, scales })).rejects.toThrow('invalid-data')
})

it('without dynacast, a sender is told to send all, whoever receives', async () => {
  const { stack, room } = await start({ RADIST_SFU_DYNACAST: 'off' })
  const ann = await stack.join(room)
  const { participantId, roomId, reconnectToken } = await ann.notified('joined')
  const producerId = await publish(ann)
  const bob = await stack.join(room)
  await show(bob, await receive(bob, producerId, 320), 0)
  // For so long that what nobody receives would have been given up.
  await after(UNWANTED_MS + 500)
  expect(ann.notifications.filter(({ event }) => event === 'layersWanted')).toEqual([])
  await ann.drop()
  await bob.notified('participantDisconnected')
  const again = stack.connect({ roomId, participantId, reconnectToken, lastSeq: String(ann.lastSeq) })
  expect((await again.notified('layersWanted')).layers).toEqual([true, true, true])
})

it('wanted layers are told again after a reconnection, as they are by then and once', async () => {
  const { stack, room } = await start()
  const ann = await stack.join(room)
  const { participantId, roomId, reconnectToken } = await ann.notified('joined')
  const producerId = await publish(ann)
  expect((await ann.notified('layersWanted')).layers).toEqual([false, false, false])
  const bob = await stack.join(room)
  await ann.drop()
  await bob.notified('participantDisconnected')
  const consumerId = await receive(bob, producerId, 320)
  await show(bob, consumerId, 640)
  const again = stack.connect({ roomId, participantId, reconnectToken, lastSeq: String(ann.lastSeq) })
  await again.notified('resumed')
  expect(await again.notified('layersWanted')).toEqual({ producerId, layers: [true, true, false] })
  await again.request('ping', {})
  expect(again.notifications.filter(({ event }) => event === 'layersWanted')).toHaveLength(1)
})

it('one who cannot decode a track is told so, and the others receive it', async () => {
  const { stack, room } = await start()
  const ann = await stack.join(room)
  const producerId = await publish(ann)
  const bob = await stack.join(room)
  const { routerRtpCapabilities } = await bob.notified('joined')
  const codecs = (routerRtpCapabilities.codecs ?? []).filter(({ mimeType }) => mimeType !== 'video/VP8')
  const { transportId } = await bob.request('createTransport', { direction: 'recv' })
  const rtpCapabilities = { ...routerRtpCapabilities, codecs }
  const asked = bob.request('consume', { transportId, producerId, rtpCapabilities })
  await expect(asked).rejects.toThrow('unsupported-codec')
  await receive(await stack.join(room), producerId)
})
