/** What the customer's backend does with a room on a host, by way of the control plane's signed requests. */
import { setTimeout as after } from 'node:timers/promises'
import {
  closeCodeOf,
  muteAnswerSchema,
  mutePath,
  newParticipantId,
  OVERTAKEN_CLOSE_CODE,
  removePath,
  roomNotifications,
  rosterAnswerSchema,
  rosterPath,
} from '@radist-tech/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ALL_PERMISSIONS, type AssignedRoom } from './testing/control-plane-stub.ts'
import { MediaDevice } from './testing/media-device.ts'
import { startStack, type TestStack } from './testing/test-host.ts'
import type { TestParticipant } from './testing/test-participant.ts'

let stack: TestStack
beforeAll(async () => {
  stack = await startStack({ RADIST_SFU_WORKERS: '1' })
})
afterAll(() => stack.close())

const rosterIn = async ({ roomId, epoch }: AssignedRoom) =>
  rosterAnswerSchema.parse(await (await stack.controlPlane.post(rosterPath(roomId), { epoch })).json())
    .participants
const remove = ({ roomId, epoch }: AssignedRoom, participantId: string, reason = 'removed') =>
  stack.controlPlane.post(removePath(roomId, participantId), { epoch, reason })
/** Of one who is in. */
const idOf = ({ notifications }: TestParticipant) =>
  roomNotifications.joined.parse(notifications[0]?.data).participantId
const joinAs = async (room: AssignedRoom, identity: string) =>
  stack.connect({ roomToken: await stack.controlPlane.roomToken(room, { identity }) })

describe('the roster', () => {
  it('tells who is there, whether connected, with which tracks and how good a connection', async () => {
    const room = await stack.controlPlane.assign()
    const ann = await stack.join(room)
    const bob = await stack.join(room)
    const annId = idOf(ann)
    const bobId = (await bob.notified('joined')).participantId
    const media = await MediaDevice.open(ann)
    const { id: producerId } = await media.publishAudio()
    const tracks = [{ producerId, kind: 'audio', source: 'microphone', muted: false }]
    // Ann is measured soon after her media began; bob, who has none, is not.
    await ann.notified('connectionQuality')
    expect(await rosterIn(room)).toEqual([
      { participantId: annId, connected: true, tracks, quality: 'excellent' },
      { participantId: bobId, connected: true, tracks: [], quality: null },
    ])
    await bob.drop()
    await ann.notified('participantDisconnected')
    await ann.notified('connectionQuality')
    expect(await rosterIn(room)).toEqual([
      { participantId: annId, connected: true, tracks, quality: 'excellent' },
      { participantId: bobId, connected: false, tracks: [], quality: 'lost' },
    ])
    media.close()
  })

  it('is told for this epoch only, and for rooms that are here', async () => {
    const room = await stack.controlPlane.assign()
    const ask = async (roomId: string, epoch: number) =>
      (await stack.controlPlane.post(rosterPath(roomId), { epoch })).status
    expect(await ask(room.roomId, 2)).toBe(409)
    expect(await ask(crypto.randomUUID(), 1)).toBe(404)
    await stack.controlPlane.closeRoom(room)
    expect(await ask(room.roomId, 1)).toBe(410)
  })
})

describe('a participant that is removed', () => {
  it('is told, closed, and does not come back; the others see it leave', async () => {
    const room = await stack.controlPlane.assign()
    const ann = await stack.join(room)
    const bob = await stack.join(room)
    const { participantId, reconnectToken } = await bob.notified('joined')
    expect((await remove(room, participantId)).status).toBe(200)
    expect(await bob.notified('removed')).toEqual({ reason: 'removed' })
    expect((await bob.refusal()).code).toBe(closeCodeOf('participant_removed'))
    expect(await ann.notified('participantLeft')).toEqual({ participantId, reason: 'removed' })
    const again = stack.connect({ roomId: room.roomId, participantId, reconnectToken })
    expect((await again.refusal()).code).toBe(closeCodeOf('participant_not_found'))
    expect((await rosterIn(room)).length).toBe(1)
    // Told again, since the answer was lost: nothing more happens.
    expect((await remove(room, participantId)).status).toBe(200)
  })

  it('does not come in when it is removed before its admission has arrived', async () => {
    const room = await stack.controlPlane.assign()
    stack.controlPlane.beforeAnswer = async ({ participantId }) => {
      await remove(room, participantId)
    }
    const ann = await joinAs(room, 'ann')
    const refusal = await ann.refusal()
    stack.controlPlane.beforeAnswer = async () => undefined
    expect(refusal.code).toBe(closeCodeOf('participant_removed'))
    expect(ann.notifications).toEqual([])
    expect(await rosterIn(room)).toEqual([])
  })
})

describe('a track that the backend mutes', () => {
  it('is muted for all until its participant unmutes it, and the backend unmutes only what it muted', async () => {
    const room = await stack.controlPlane.assign()
    const ann = await stack.join(room)
    const bob = await stack.join(room)
    const participantId = idOf(ann)
    const media = await MediaDevice.open(ann)
    const { id: producerId } = await media.publishAudio()
    const mute = async (muted: boolean) => {
      const body = { epoch: room.epoch, producerId, muted }
      const response = await stack.controlPlane.post(mutePath(room.roomId, participantId), body)
      return muteAnswerSchema.parse(await response.json()).muted
    }
    expect(await mute(true)).toBe(true)
    expect(await ann.notified('trackMuted')).toEqual({ producerId, muted: true })
    expect(await bob.notified('producerPaused')).toEqual({ participantId, producerId })
    expect(await mute(false)).toBe(false)
    expect(await ann.notified('trackMuted')).toEqual({ producerId, muted: false })
    await bob.notified('producerResumed')

    await mute(true)
    await ann.request('resumeProducer', { producerId })
    expect((await rosterIn(room))[0]?.tracks[0]?.muted).toBe(false)

    await mute(true)
    await ann.request('pauseProducer', { producerId })
    expect(await mute(false)).toBe(true)
    await ann.request('resumeProducer', { producerId })
    await ann.request('pauseProducer', { producerId })
    await mute(true)
    expect(await mute(false)).toBe(true)
    media.close()
  })

  it('must be there', async () => {
    const room = await stack.controlPlane.assign()
    const ann = await stack.join(room)
    const { participantId } = await ann.notified('joined')
    const mute = async (who: string) => {
      const body = { epoch: 1, producerId: 'p', muted: true }
      return (await stack.controlPlane.post(mutePath(room.roomId, who), body)).json()
    }
    expect(await mute(participantId)).toMatchObject({ code: 'track_not_found' })
    expect(await mute(newParticipantId())).toMatchObject({ code: 'participant_not_found' })
  })
})

describe('an identity that joins again', () => {
  it('takes the place: the older is told and closed, and no second is charged twice', async () => {
    const room = await stack.controlPlane.assign()
    const before = stack.host.health().participants
    const startedAt = performance.now()
    const older = await joinAs(room, 'ann')
    const olderId = (await older.notified('joined')).participantId
    await after(1200)
    const newer = await joinAs(room, 'ann')
    const newerId = (await newer.notified('joined')).participantId
    expect(await older.notified('removed')).toEqual({ reason: 'replaced' })
    expect((await older.refusal()).code).toBe(OVERTAKEN_CLOSE_CODE)
    expect(stack.host.health().participants).toBe(before + 1)
    await after(1200)
    await newer.request('leave', {})
    const seconds = (performance.now() - startedAt) / 1000
    const charged = () => stack.controlPlane.secondsOf(olderId) + stack.controlPlane.secondsOf(newerId)
    await stack.controlPlane.until(
      () => stack.controlPlane.secondsOf(newerId) > 0 && stack.host.health().journal.usage === 0,
      'the records',
    )
    expect(stack.controlPlane.secondsOf(olderId)).toBeGreaterThanOrEqual(1)
    expect(charged()).toBeLessThanOrEqual(seconds)
  })

  it('leaves the last of three, in whatever order their admissions arrive', async () => {
    const room = await stack.controlPlane.assign()
    const first = await joinAs(room, 'ann')
    await first.notified('joined')
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    let answered = (): void => undefined
    const decided = new Promise<void>((resolve) => {
      answered = resolve
    })
    stack.controlPlane.beforeAnswer = () => {
      answered()
      return held
    }
    const second = await joinAs(room, 'ann')
    await decided
    stack.controlPlane.beforeAnswer = async () => undefined
    const third = await joinAs(room, 'ann')
    const { participantId } = await third.notified('joined')
    release()
    expect((await second.refusal()).code).toBe(OVERTAKEN_CLOSE_CODE)
    expect((await first.refusal()).code).toBe(OVERTAKEN_CLOSE_CODE)
    expect((await rosterIn(room)).map((one) => one.participantId)).toEqual([participantId])
  })
})

it('a token permits tracks of some sources only, muted ones too, and by the source whatever the kind', async () => {
  const room = await stack.controlPlane.assign()
  const permissions = { ...ALL_PERMISSIONS, publish: ['microphone' as const] }
  const ann = await stack.join(room, await stack.controlPlane.roomToken(room, { permissions }))
  const media = await MediaDevice.open(ann)
  const { id: producerId, rtpParameters } = await media.publishAudio()
  await expect(media.publishVideo()).rejects.toThrow('permission-denied')
  const { transportId } = await ann.request('createTransport', { direction: 'send' })
  const sound = { transportId, kind: 'audio' as const, rtpParameters }
  for (const paused of [false, true])
    await expect(ann.request('produce', { ...sound, source: 'screen-audio', paused })).rejects.toThrow(
      'permission-denied',
    )
  // Unmuting and a replaced track need no look at the permission: what it does not permit was never published, and
  // nobody gets at another's track.
  await ann.request('pauseProducer', { producerId })
  await ann.request('resumeProducer', { producerId })
  const bob = await stack.join(room)
  const others = { producerId, width: 1, height: 1 }
  await expect(bob.request('resumeProducer', { producerId })).rejects.toThrow('not-found')
  await expect(bob.request('updateTrack', others)).rejects.toThrow('not-found')
  expect((await rosterIn(room)).map(({ tracks }) => tracks.map(({ source }) => source))).toEqual([
    ['microphone'],
    [],
  ])
  media.close()
})
