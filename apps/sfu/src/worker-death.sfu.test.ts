/** Media workers that are killed or hang, with real media on them. */
import { mkdtempSync, symlinkSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ProducerInfo } from '@radist-tech/protocol'
import { workerBin } from 'mediasoup'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { AssignedRoom } from './testing/control-plane-stub.ts'
import { metricsOf, valueIn } from './testing/host-process.ts'
import { MediaDevice } from './testing/media-device.ts'
import { type Environment, startStack, type TestStack } from './testing/test-host.ts'
import type { TestParticipant } from './testing/test-participant.ts'

const MEDIA_IS_BACK_WITHIN_MS = 3000

async function start(change: Environment = {}): Promise<TestStack> {
  const stack = await startStack(change)
  onTestFinished(() => stack.close())
  return stack
}

const owned = (device: MediaDevice): MediaDevice => {
  onTestFinished(() => device.close())
  return device
}

/** The pid of the first worker: rooms start there, as long as all are idle. */
const firstWorker = ({ host }: TestStack): number => {
  const [worker] = host.workers
  if (!worker) throw new Error('no worker runs')
  return worker.pid
}

const kill = (pid: number): number => {
  process.kill(pid, 'SIGKILL')
  return performance.now()
}

/** Two participants, one of whom sends video to the other. */
async function talk(stack: TestStack, room: AssignedRoom) {
  const sender = await stack.join(room)
  const joinedAt = performance.now()
  const senderSession = await sender.notified('joined')
  const receiver = await stack.join(room)
  await receiver.notified('joined')
  const capabilities = senderSession.routerRtpCapabilities
  const senderMedia = owned(await MediaDevice.of(sender, capabilities))
  const receiverMedia = owned(await MediaDevice.of(receiver, capabilities))
  await senderMedia.publishVideo()
  const consumer = await receiverMedia.consume((await receiver.notified('producerAdded')).producer)
  await consumer.decoded(3)
  return { sender, receiver, receiverMedia, consumer, participantId: senderSession.participantId, joinedAt }
}

/** What the SDK does by itself: everything anew. */
async function rebuild(sender: TestParticipant, receiver: TestParticipant) {
  const publish = async (): Promise<ProducerInfo> => {
    const media = owned(await MediaDevice.reopen(sender))
    await media.publishVideo()
    return (await receiver.notified('producerAdded')).producer
  }
  const [producer, media] = await Promise.all([publish(), MediaDevice.reopen(receiver)])
  const receiverMedia = owned(media)
  return { receiverMedia, consumer: await receiverMedia.consume(producer) }
}

describe('a killed media worker', () => {
  it('costs its rooms their media for less than 3 s, and nothing else; other rooms notice nothing', async () => {
    const stack = await start()
    const { controlPlane, host } = stack
    const doomed = await talk(stack, await controlPlane.assign())
    const spared = await talk(stack, await controlPlane.assign())
    expect(host.workers.map(({ consumers }) => consumers)).toEqual([1, 1])
    const victim = firstWorker(stack)
    const told = [spared.sender, spared.receiver].map(({ lastSeq }) => lastSeq)
    const before = await spared.receiverMedia.received()

    const killedAt = kill(victim)
    const { consumer, receiverMedia } = await rebuild(doomed.sender, doomed.receiver)
    await consumer.decoded(1)
    expect(performance.now() - killedAt).toBeLessThan(MEDIA_IS_BACK_WITHIN_MS)
    await consumer.decoded(10)
    expect((await receiverMedia.received()).packets).toBeGreaterThan(10)
    // The receiver saw the sender's track end before it came again.
    expect(
      doomed.receiver.notifications.flatMap(({ event, seq }) => (seq === undefined ? [] : event)),
    ).toEqual(['joined', 'producerAdded', 'producerClosed', 'mediaReset', 'producerAdded'])

    await spared.consumer.decoded(3)
    const after = await spared.receiverMedia.received()
    expect(after.packets).toBeGreaterThan(before.packets)
    expect(after.lost).toBe(0)
    expect([spared.sender, spared.receiver].map(({ lastSeq }) => lastSeq)).toEqual(told)
    await expect.poll(() => host.workers.length).toBe(2)
    expect(host.workers.map(({ pid }) => pid)).not.toContain(victim)

    await doomed.sender.request('leave', {})
    const elapsed = (performance.now() - doomed.joinedAt) / 1000
    await controlPlane.until(() => controlPlane.departures.length > 0, 'the departure')
    expect(controlPlane.departures.map(({ departures }) => departures)).toEqual([
      [{ participantId: doomed.participantId, reason: 'left' }],
    ])
    await host.close()
    const seconds = controlPlane.secondsOf(doomed.participantId)
    expect(seconds).toBeLessThanOrEqual(Math.floor(elapsed + 0.1))
    expect(elapsed - seconds).toBeLessThan(1)
  })

  it('whose successor is killed while the room is being rebuilt only begins it again', async () => {
    const stack = await start({ RADIST_SFU_WORKERS: '1' })
    const { sender, receiver } = await talk(stack, await stack.controlPlane.assign())
    const first = firstWorker(stack)
    kill(first)
    await Promise.all([sender.notified('mediaReset'), receiver.notified('mediaReset')])
    const half = await sender.request('createTransport', { direction: 'send' })
    await receiver.request('createTransport', { direction: 'recv' })
    const second = firstWorker(stack)
    expect(second).not.toBe(first)
    const killedAt = kill(second)
    const { consumer } = await rebuild(sender, receiver)
    await consumer.decoded(1)
    expect(performance.now() - killedAt).toBeLessThan(MEDIA_IS_BACK_WITHIN_MS)
    const { dtlsParameters } = await sender.request('createTransport', { direction: 'send' })
    const gone = sender.request('connectTransport', { transportId: half.transportId, dtlsParameters })
    await expect(gone).rejects.toThrow('not-found')
  })

  it('may take all the others along', async () => {
    const stack = await start({ RADIST_SFU_WORKER_SPREAD_CONSUMERS: '1' })
    const { sender, receiver } = await talk(stack, await stack.controlPlane.assign())
    expect(stack.host.workers.map(({ consumers }) => consumers)).toEqual([0, 1])
    const pids = stack.host.workers.map(({ pid }) => pid)
    const killedAt = Math.max(...pids.map(kill))
    const { consumer } = await rebuild(sender, receiver)
    await consumer.decoded(1)
    expect(performance.now() - killedAt).toBeLessThan(MEDIA_IS_BACK_WITHIN_MS)
  })

  it('with only the sender’s media on it resets only the sender', async () => {
    const stack = await start({ RADIST_SFU_WORKER_SPREAD_CONSUMERS: '1' })
    const { sender, receiver, consumer } = await talk(stack, await stack.controlPlane.assign())
    kill(firstWorker(stack))
    const media = owned(await MediaDevice.reopen(sender))
    expect(await receiver.notified('consumerClosed')).toEqual({ consumerId: consumer.id })
    await media.publishVideo()
    await receiver.notified('producerAdded')
    expect(receiver.notifications.map(({ event }) => event)).not.toContain('mediaReset')
  })

  it.each([
    { missed: 'the notification', mutes: 0 },
    { missed: 'more notifications than are kept', mutes: 300 },
  ])('is learned of at `resumed` by one who missed $missed', async ({ mutes }) => {
    const stack = await start()
    const room = await stack.controlPlane.assign()
    const away = await stack.join(room)
    const session = await away.notified('joined')
    const { transportId } = await away.request('createTransport', { direction: 'recv' })
    const other = await stack.join(room)
    const media = owned(await MediaDevice.open(other))
    await away.drop()
    const victim = firstWorker(stack)
    kill(victim)
    await other.notified('mediaReset')
    media.close()
    const again = owned(await MediaDevice.of(other, session.routerRtpCapabilities))
    const { id: producerId } = await again.publishVideo()
    for (let i = 0; i < mutes; i++) {
      await other.request('pauseProducer', { producerId })
      await other.request('resumeProducer', { producerId })
    }
    const { roomId, participantId, reconnectToken } = session
    const back = stack.connect({ roomId, participantId, reconnectToken, lastSeq: String(away.lastSeq) })
    const { transportIds } = await back.notified('resumed')
    expect(transportIds).toEqual([])
    const { transportId: anew } = await back.request('createTransport', { direction: 'recv' })
    expect(anew).not.toBe(transportId)
    // Told again after `resumed`, it would end the transport that was just made.
    expect(back.notifications.map(({ event }) => event)).not.toContain('mediaReset')
  })
})

it('a media worker that hangs is replaced, and media flows again; one that is only late goes on', async () => {
  const stack = await start({ RADIST_SFU_WORKERS: '1', RADIST_SFU_WORKER_SILENCE_SECONDS: '4' })
  const { sender, receiver, consumer } = await talk(stack, await stack.controlPlane.assign())
  const { host } = stack
  const victim = firstWorker(stack)

  process.kill(victim, 'SIGSTOP')
  // By now it has owed an answer at two looks.
  await expect.poll(() => host.workers[0]?.cpu, { timeout: 10_000 }).toBe(1)
  process.kill(victim, 'SIGCONT')
  await expect.poll(() => host.workers[0]?.cpu, { timeout: 10_000 }).toBeLessThan(1)
  await consumer.decoded(3)
  expect(firstWorker(stack)).toBe(victim)

  process.kill(victim, 'SIGSTOP')
  await expect.poll(() => host.workers.map(({ pid }) => pid), { timeout: 20_000 }).not.toContain(victim)
  const rebuilt = await rebuild(sender, receiver)
  await rebuilt.consumer.decoded(3)
  expect(firstWorker(stack)).not.toBe(victim)
  expect(() => process.kill(victim, 0)).toThrow('ESRCH')
  expect(valueIn(await metricsOf(stack.url), 'radist_sfu_workers_hung_total')).toBe(1)
}, 60_000)

describe('when no media worker can be started', () => {
  /** A host whose worker's binary can be taken away and given back. */
  async function startFragile(change: Environment = {}) {
    const binary = process.env.MEDIASOUP_WORKER_BIN ?? workerBin
    const link = join(mkdtempSync(join(tmpdir(), 'radist-worker-')), 'mediasoup-worker')
    const give = () => symlinkSync(binary, link)
    give()
    const stack = await start({ RADIST_SFU_WORKERS: '1', MEDIASOUP_WORKER_BIN: link, ...change })
    return { stack, take: () => unlinkSync(link), give }
  }

  it('requests are refused, joins are retryable, and media goes on once one runs', async () => {
    const { stack, take, give } = await startFragile()
    const room = await stack.controlPlane.assign()
    const { sender, receiver } = await talk(stack, room)
    take()
    kill(firstWorker(stack))
    await sender.until(() => sender.notifications.some(({ event }) => event === 'mediaReset'), 'the reset')
    const refused = stack.connect({ roomToken: await stack.controlPlane.roomToken(room) })
    expect(await refused.refusal()).toMatchObject({ code: 4503 })
    await expect(sender.request('createTransport', { direction: 'send' })).rejects.toThrow(
      'rejected-by-media',
    )
    expect(stack.host.health().state).toBe('impaired')
    give()
    await expect.poll(() => stack.host.health().state, { timeout: 15_000 }).toBe('ready')
    await (await rebuild(sender, receiver)).consumer.decoded(3)
  })

  it('for too long, the stays end, and the room may be joined again elsewhere', async () => {
    const { stack, take } = await startFragile({ RADIST_SFU_WITHOUT_WORKER_SECONDS: '1' })
    const { controlPlane } = stack
    const inside = await stack.join(await controlPlane.assign())
    take()
    kill(firstWorker(stack))
    expect(await inside.notified('closed')).toEqual({ reason: 'worker-died' })
    expect(await inside.refusal()).toMatchObject({ code: 4503 })
    await controlPlane.until(() => controlPlane.departures.length > 0, 'the departure')
    expect(controlPlane.departures[0]?.departures).toMatchObject([{ reason: 'host-lost' }])
  })
})
