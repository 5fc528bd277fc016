import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MediaDevice } from './testing/media-device.ts'
import { startStack, type TestStack } from './testing/test-host.ts'

describe('media in a room', () => {
  let stack: TestStack

  beforeAll(async () => {
    stack = await startStack()
  })
  afterAll(() => stack.close())

  it('two participants send each other audio and video', async () => {
    const room = await stack.controlPlane.assign()
    const ann = await stack.join(room)
    const bob = await stack.join(room)
    const annMedia = await MediaDevice.open(ann)
    const bobMedia = await MediaDevice.open(bob)

    const camera = await annMedia.publishVideo()
    const { producer: video } = await bob.notified('producerAdded')
    expect(video).toEqual({ producerId: camera.id, kind: 'video', source: 'camera', paused: false })
    await (await bobMedia.consume(video)).decoded(20)

    await bobMedia.publishAudio()
    const { producer: audio } = await ann.notified('producerAdded')
    expect(audio).toMatchObject({ kind: 'audio', source: 'microphone' })
    await (await annMedia.consume(audio)).decoded(50)
    const bobId = (await ann.notified('participantJoined')).participantId
    expect(await ann.notified('activeSpeaker')).toEqual({ participantId: bobId })

    await bob.request('leave', {})
    expect(await ann.notified('activeSpeaker')).toEqual({ participantId: null })
    expect(await ann.notified('consumerClosed')).toBeDefined()
    annMedia.close()
    bobMedia.close()
  })

  it('mute, close and ICE restart are told and answered', async () => {
    const room = await stack.controlPlane.assign()
    const ann = await stack.join(room)
    const bob = await stack.join(room)
    const annMedia = await MediaDevice.open(ann)
    const camera = await annMedia.publishVideo()
    const { producer } = await bob.notified('producerAdded')
    const bobMedia = await MediaDevice.open(bob)
    const consumer = await bobMedia.consume(producer)

    await ann.request('pauseProducer', { producerId: camera.id })
    expect(await bob.notified('producerPaused')).toMatchObject({ producerId: camera.id })
    await ann.request('resumeProducer', { producerId: camera.id })
    expect(await bob.notified('producerResumed')).toMatchObject({ producerId: camera.id })

    const consumerId = consumer.id
    await bob.request('setPriority', { consumerId, priority: 200 })
    await bob.request('setViewport', { consumerId, width: 320, height: 180 })
    await ann.request('updateTrack', { producerId: camera.id, width: 180, height: 320 })
    await bob.request('requestKeyFrame', { consumerId })
    await bob.request('pauseConsumer', { consumerId })
    const { iceParameters } = await bob.request('createTransport', { direction: 'recv' })
    expect(iceParameters.usernameFragment).toBeTruthy()

    await ann.request('closeProducer', { producerId: camera.id })
    expect(await bob.notified('producerClosed')).toMatchObject({ producerId: camera.id })
    expect(await bob.notified('consumerClosed')).toEqual({ consumerId })
    const late = await stack.join(room)
    const roster = (await late.notified('joined')).participants
    expect(roster.map((participant) => participant.producers)).toEqual([[], []])
    annMedia.close()
    bobMedia.close()
  })
})
