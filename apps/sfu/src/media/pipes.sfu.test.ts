import type { types } from 'mediasoup'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freePorts } from '../testing/test-host.ts'
import { MediaWorker } from './media-worker.ts'
import { Pipes, type Produced } from './pipes.ts'
import { RoomRouter } from './room-router.ts'

const limits = { spreadConsumers: 100, maxConsumers: 1000, maxCpu: 1 }
const events = { dominates() {}, sound() {}, silence() {}, lost() {} }
const microphone: types.RtpParameters = {
  codecs: [{ mimeType: 'audio/opus', payloadType: 111, clockRate: 48_000, channels: 2 }],
  encodings: [{ ssrc: 1111 }],
}

async function startWorker(): Promise<MediaWorker> {
  return MediaWorker.start({
    listenIp: '127.0.0.1',
    announcedAddress: undefined,
    port: await freePorts(1),
    workerBin: process.env.MEDIASOUP_WORKER_BIN,
    watch: () => undefined,
    limits,
  })
}

/** Producers that the worker itself knows on this router: what is piped there, and not yet unpiped. */
const producersOn = async ({ router }: RoomRouter) =>
  (await router.dump()).mapProducerIdConsumerIds.map(({ key }) => key)

describe('pipes between the routers of a room', () => {
  let workers: [MediaWorker, MediaWorker]
  let near: RoomRouter
  let far: RoomRouter
  let pipes: Pipes
  let produced: Produced

  beforeAll(async () => {
    workers = [await startWorker(), await startWorker()]
  })
  afterAll(() => {
    for (const worker of workers) worker.close()
  })
  beforeEach(async () => {
    near = await RoomRouter.start(workers[0], events)
    far = await RoomRouter.start(workers[1], events)
    pipes = new Pipes()
    const transport = await near.router.createPlainTransport({
      listenInfo: { protocol: 'udp', ip: '127.0.0.1' },
    })
    const producer = await transport.produce({ kind: 'audio', rtpParameters: microphone })
    produced = { producer, at: near }
  })
  afterEach(() => {
    near.close()
    far.close()
  })

  it('two who ask at once share one, which ends with the last of them', async () => {
    const releases = await Promise.all([pipes.carry(produced, far), pipes.carry(produced, far)])
    expect(await producersOn(far)).toEqual([produced.producer.id])
    expect(pipes.count).toBe(1)
    releases[0]()
    expect(pipes.count).toBe(1)
    releases[1]()
    expect(pipes.count).toBe(0)
    expect(await producersOn(far)).toEqual([])
  })

  it('is opened again at once after it was closed', async () => {
    for (let i = 0; i < 5; i++) {
      const release = await pipes.carry(produced, far)
      release()
    }
    await pipes.carry(produced, far)
    expect(await producersOn(far)).toEqual([produced.producer.id])
  })

  it('needs nothing on the producer’s own router', async () => {
    const release = await pipes.carry(produced, near)
    expect(pipes.count).toBe(0)
    release()
  })

  it('ends with the producer, and one that closes while it is piped is not found', async () => {
    await pipes.carry(produced, far)
    const late = near.router
    const transport = await late.createPlainTransport({ listenInfo: { protocol: 'udp', ip: '127.0.0.1' } })
    const producer = await transport.produce({ kind: 'audio', rtpParameters: microphone })
    const asked = pipes.carry({ producer, at: near }, far)
    producer.close()
    await expect(asked).rejects.toMatchObject({ code: 'not-found' })
    expect(await producersOn(far)).toEqual([produced.producer.id])
    produced.producer.close()
    await expect.poll(() => producersOn(far)).toEqual([])
    expect(pipes.count).toBe(0)
  })

  it('the far end is muted and unmuted with the producer', async () => {
    await pipes.carry(produced, far)
    const transport = await far.router.createPlainTransport({
      listenInfo: { protocol: 'udp', ip: '127.0.0.1' },
    })
    const { rtpCapabilities } = far.router
    const consumer = await transport.consume({ producerId: produced.producer.id, rtpCapabilities })
    await produced.producer.pause()
    await expect.poll(() => consumer.producerPaused).toBe(true)
    await produced.producer.resume()
    await expect.poll(() => consumer.producerPaused).toBe(false)
  })

  it.each([
    { dies: 'the producer’s worker', index: 0, refused: { code: 'not-found' } },
    { dies: 'the far worker', index: 1, refused: { code: 'rejected-by-media' } },
  ] as const)('$dies may die while it is piped, or muted through the pipe', async ({ index, refused }) => {
    const doomed = await startWorker()
    const lost = Promise.withResolvers<RoomRouter>()
    const mortal = await RoomRouter.start(doomed, { ...events, lost: lost.resolve })
    const at = index === 0 ? mortal : near
    const to = index === 0 ? far : mortal
    const transport = await at.router.createPlainTransport({
      listenInfo: { protocol: 'udp', ip: '127.0.0.1' },
    })
    const first = await transport.produce({ kind: 'audio', rtpParameters: microphone })
    const second = await transport.produce({
      kind: 'audio',
      rtpParameters: { ...microphone, encodings: [{ ssrc: 2222 }] },
    })
    await pipes.carry({ producer: first, at }, to)
    process.kill(doomed.pid, 'SIGSTOP')
    const asked = pipes.carry({ producer: second, at }, to)
    const muted = first.pause().catch(() => undefined)
    if (index === 1) await muted
    process.kill(doomed.pid, 'SIGKILL')
    await expect(asked).rejects.toMatchObject(refused)
    expect(await lost.promise).toBe(mortal)
    expect(pipes.count).toBe(0)
    if (index === 0) expect(await producersOn(far)).toEqual([])
  })
})
