/** Levels and qualities as the participants of a room are told them. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { MediaDevice } from './testing/media-device.ts'
import { startStack, type TestStack } from './testing/test-host.ts'
import type { TestParticipant } from './testing/test-participant.ts'

let stack: TestStack
beforeAll(async () => {
  stack = await startStack({ RADIST_SFU_WORKER_SPREAD_CONSUMERS: '1' })
})
afterAll(() => stack.close())

async function open(participant: TestParticipant) {
  const { participantId: id, routerRtpCapabilities } = await participant.notified('joined')
  const media = await MediaDevice.of(participant, routerRtpCapabilities)
  onTestFinished(() => media.close())
  return { id, participant, media }
}

/** Waits until one has been told this of the other. */
async function toldQuality(participant: TestParticipant, of: string, quality: string): Promise<void> {
  for (;;) {
    const { qualities } = await participant.notified('connectionQuality')
    if (qualities.some((told) => told.participantId === of && told.quality === quality)) return
  }
}

describe('a room tells all', () => {
  it('how loud each is, and how good each connection is; who comes later is told of all at once', async () => {
    const room = await stack.controlPlane.assign()
    const ann = await open(await stack.join(room))
    const bob = await open(await stack.join(room))
    await ann.media.publishAudio()
    for (const { participant } of [ann, bob]) {
      const { levels } = await participant.notified('audioLevels')
      expect(levels).toEqual([{ participantId: ann.id, level: expect.any(Number) }])
      expect(levels[0]?.level).toBeGreaterThan(-60)
      await toldQuality(participant, ann.id, 'excellent')
    }
    await bob.media.consume((await bob.participant.notified('producerAdded')).producer)
    await toldQuality(ann.participant, bob.id, 'excellent')
    const cleo = await stack.join(room)
    expect((await cleo.notified('connectionQuality')).qualities).toHaveLength(2)
    await bob.participant.drop()
    await toldQuality(ann.participant, bob.id, 'lost')
    for (const { event, seq } of ann.participant.notifications) {
      const isTransient = event === 'audioLevels' || event === 'connectionQuality'
      expect(seq === undefined).toBe(isTransient)
    }
  })

  it('that it is silent once nobody is heard any more', async () => {
    const room = await stack.controlPlane.assign()
    const ann = await open(await stack.join(room))
    const { id: producerId } = await ann.media.publishAudio()
    expect((await ann.participant.notified('audioLevels')).levels).toHaveLength(1)
    await ann.participant.request('pauseProducer', { producerId })
    const silent = () => ann.participant.notifications.findLast(({ event }) => event === 'audioLevels')?.data
    await expect.poll(silent, { timeout: 5000 }).toEqual({ levels: [] })
  })

  it('who speaks, after a mute as before it', async () => {
    const room = await stack.controlPlane.assign()
    const { id: participantId, participant, media } = await open(await stack.join(room))
    const { id: producerId } = await media.publishAudio()
    expect(await participant.notified('activeSpeaker')).toEqual({ participantId })
    await participant.request('pauseProducer', { producerId })
    expect(await participant.notified('activeSpeaker')).toEqual({ participantId: null })
    await participant.request('resumeProducer', { producerId })
    expect(await participant.notified('activeSpeaker')).toEqual({ participantId })
  })
})
