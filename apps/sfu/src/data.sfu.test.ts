/** Data messages in a room: real SCTP on libwebrtc, through a host with two workers, one for each participant. */
import { spawn } from 'node:child_process'
import { join as pathOf } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as after } from 'node:timers/promises'
import {
  type DataChannel,
  dataChannels,
  encodeSentData,
  MAX_DATA_MESSAGE_BYTES,
  newParticipantId,
} from '@radist-tech/protocol'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { AssignedRoom } from './testing/control-plane-stub.ts'
import { ALL_PERMISSIONS } from './testing/control-plane-stub.ts'
import { MediaDevice } from './testing/media-device.ts'
import { textFrame } from './testing/received-data.ts'
import { startStack, type TestStack } from './testing/test-host.ts'

const RATE = { messagesPerSecond: 50, bytesPerSecond: 1_048_576 }

/** Messages of 65 kB that a receiver does not read. */
const COUNT = 80

let stack: TestStack
beforeAll(async () => {
  stack = await startStack({
    RADIST_SFU_WORKER_SPREAD_CONSUMERS: '1',
    RADIST_SFU_DATA_MESSAGES_PER_SECOND: String(RATE.messagesPerSecond),
    RADIST_SFU_DATA_BYTES_PER_SECOND: String(RATE.bytesPerSecond),
  })
})
afterAll(() => stack.close())

async function join(room: AssignedRoom, token?: string) {
  const participant = await stack.join(room, token)
  const { participantId, routerRtpCapabilities } = await participant.notified('joined')
  const media = await MediaDevice.of(participant, routerRtpCapabilities)
  onTestFinished(() => media.close())
  return { id: participantId, participant, media }
}

/** Participants with both channels each way. */
async function joinWithData(room: AssignedRoom) {
  const { id, participant, media } = await join(room)
  const receiving = {
    reliable: await media.receivingData('reliable'),
    unreliable: await media.receivingData('unreliable'),
  }
  const sending = {
    reliable: await media.sendingData('reliable'),
    unreliable: await media.sendingData('unreliable'),
  }
  const say = (frame: Uint8Array<ArrayBuffer>, channel: DataChannel = 'reliable') =>
    sending[channel].send(frame)
  return { id, participant, media, receiving, sending, say }
}

describe('data messages', () => {
  it.each(dataChannels)('go to all others, or to one, over the %s channel', async (channel) => {
    const room = await stack.controlPlane.assign()
    const [ann, bob, cleo] = [await joinWithData(room), await joinWithData(room), await joinWithData(room)]
    ann.say(textFrame('to all'), channel)
    const toAll = { type: 'message', from: ann.id, isPrivate: false, isText: true }
    for (const { receiving } of [bob, cleo]) expect(await receiving[channel].next()).toMatchObject(toAll)
    ann.say(textFrame('to cleo', cleo.id), channel)
    ann.say(encodeSentData({ to: null, isText: false, payload: Uint8Array.of(7) }), channel)
    expect(await cleo.receiving[channel].next()).toMatchObject({ ...toAll, isPrivate: true })
    expect(await cleo.receiving[channel].next()).toMatchObject({ isText: false, payload: Uint8Array.of(7) })
    expect(await bob.receiving[channel].next()).toMatchObject({ isText: false })
    expect(ann.receiving[channel].frames).toEqual([])
  })

  it('reach those whose worker died and who opened their channels anew', async () => {
    const room = await stack.controlPlane.assign()
    const [ann, bob] = [await joinWithData(room), await joinWithData(room)]
    const { id, participant } = bob
    const own = stack.host.workers.length
    expect(own).toBe(2)
    for (const { pid } of stack.host.workers) process.kill(pid, 'SIGKILL')
    const media = await MediaDevice.reopen(participant)
    const again = await MediaDevice.reopen(ann.participant)
    onTestFinished(() => {
      media.close()
      again.close()
    })
    const received = await media.receivingData('reliable')
    const sender = await again.sendingData('reliable')
    sender.send(textFrame('again', id))
    expect(await received.next()).toMatchObject({ from: ann.id, isPrivate: true })
  })

  it('are the permission’s: sending needs `data`, receiving that or `subscribe`', async () => {
    const room = await stack.controlPlane.assign()
    const watching = { permissions: { ...ALL_PERMISSIONS, data: false } }
    const watcher = await join(room, await stack.controlPlane.roomToken(room, watching))
    await expect(watcher.media.sendingData('reliable')).rejects.toThrow('permission-denied')
    const received = await watcher.media.receivingData('reliable')
    const chatting = { permissions: { publish: false, subscribe: false, data: true } }
    const chatter = await join(room, await stack.controlPlane.roomToken(room, chatting))
    const sender = await chatter.media.sendingData('reliable')
    sender.send(textFrame('hello'))
    expect(await received.next()).toMatchObject({ from: chatter.id })
  })
})

describe('hostile data messages', () => {
  it('are refused with a reason, and reach nobody: forged, malformed, too large, to nobody', async () => {
    const room = await stack.controlPlane.assign()
    const elsewhere = await joinWithData(await stack.controlPlane.assign())
    const [ann, bob] = [await joinWithData(room), await joinWithData(room)]
    ann.say(Uint8Array.of(4, 0, 0, 0, 9))
    expect(await ann.participant.notified('dataRefused')).toEqual({ reason: 'malformed', count: 1 })
    ann.say(textFrame('x'.repeat(MAX_DATA_MESSAGE_BYTES + 1)))
    expect(await ann.participant.notified('dataRefused')).toEqual({ reason: 'too-large', count: 1 })
    for (const to of [elsewhere.id, newParticipantId(), ann.id]) ann.say(textFrame('hello', to))
    const told = [0]
    while (told.reduce((sum, count) => sum + count) < 3) {
      const { reason, count } = await ann.participant.notified('dataRefused')
      expect(reason).toBe('no-receiver')
      told.push(count)
    }
    // What looks like a frame of the host, with another's id in it, is a payload of Ann's.
    const forged = encodeSentData({ to: bob.id, isText: true, payload: Buffer.from(`\u0000${bob.id}hello`) })
    ann.say(forged)
    expect(await bob.receiving.reliable.next()).toMatchObject({ from: ann.id, isPrivate: true })
    ann.say(textFrame('x'.repeat(MAX_DATA_MESSAGE_BYTES)))
    expect(await bob.receiving.reliable.next()).toMatchObject({ from: ann.id })
    expect(bob.receiving.reliable.frames).toEqual([])
    expect(elsewhere.receiving.reliable.frames).toEqual([])
  })

  it('are refused above the rate; a flood is not read for a second, and then all goes on', async () => {
    const room = await stack.controlPlane.assign()
    const [ann, bob] = [await joinWithData(room), await joinWithData(room)]
    for (let i = 0; i < 40 * RATE.messagesPerSecond; i++) ann.say(textFrame(String(i)))
    const { reason } = await ann.participant.notified('dataRefused')
    expect(reason).toBe('too-many')
    // By now the media worker throws away what comes.
    await ann.participant.notified('dataRefused')
    await expect.poll(() => ann.sending.reliable.bufferedAmount()).toBe(0)
    await after(1500)
    const { length } = bob.receiving.reliable.frames
    expect(length).toBeGreaterThanOrEqual(RATE.messagesPerSecond)
    expect(length).toBeLessThan(6 * RATE.messagesPerSecond)
    ann.say(textFrame('calm'))
    await bob.receiving.reliable.until(() => bob.receiving.reliable.texts.includes('calm'))
  })
})

describe('a receiver that reads nothing', () => {
  it('loses what is over its limit and is told where and how many; the others wait for nothing', async () => {
    const fast = await startStack({
      RADIST_SFU_DATA_MESSAGES_PER_SECOND: '1000',
      RADIST_SFU_DATA_BYTES_PER_SECOND: '33554432',
      RADIST_SFU_MAX_DATA_WAITING_BYTES: '262144',
    })
    onTestFinished(() => fast.close())
    const room = await fast.controlPlane.assign()
    const reader = pathOf(import.meta.dirname, 'testing/data-reader.ts')
    const token = await fast.controlPlane.roomToken(room)
    const slow = spawn(process.execPath, [reader, fast.url, token], { stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => {
      slow.kill('SIGKILL')
    })
    const lines = createInterface({ input: slow.stdout })[Symbol.asyncIterator]()
    expect((await lines.next()).value).toBe('ready')
    const open = async () => {
      const media = await MediaDevice.open(await fast.join(room))
      onTestFinished(() => media.close())
      return media
    }
    const [ann, bob] = [await open(), await open()]
    const sender = await ann.sendingData('reliable')
    const received = await bob.receivingData('reliable')

    slow.kill('SIGSTOP')
    const filler = ' '.repeat(65_000)
    for (let i = 0; i < COUNT; i++) {
      sender.send(textFrame(`${i}${filler}`))
      await received.until((frames) => frames.length > i)
    }
    expect(received.texts.map((text) => text.trimEnd())).toEqual(
      Array.from({ length: COUNT }, (_, i) => `${i}`),
    )

    slow.kill('SIGCONT')
    const read: string[] = []
    while (!read.at(-1)?.startsWith('lost')) read.push(String((await lines.next()).value))
    const lost = Number(read.pop()?.split(' ')[1])
    expect(read).toEqual(Array.from({ length: read.length }, (_, i) => `${i}`))
    expect(lost).toBe(COUNT - read.length)
    // Of 5 MB, no more was held for it than 256 KiB here, 256 KiB at the media worker, and what one message adds.
    expect(read.length).toBeLessThan(15)
    sender.send(textFrame('after'))
    expect((await lines.next()).value).toBe('after')
  }, 30_000)
})
