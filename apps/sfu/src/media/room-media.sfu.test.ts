import { expect, it, onTestFinished, vi } from 'vitest'
import { systemClock } from '../clock.ts'
import { createLogger } from '../logger.ts'
import { freePorts } from '../testing/test-host.ts'
import { RoomMedia } from './room-media.ts'
import type { RoomRouter } from './room-router.ts'
import { WorkerPool } from './worker-pool.ts'

async function start(workers: number) {
  const pool = await WorkerPool.start(
    {
      listenIp: '127.0.0.1',
      announcedAddress: undefined,
      firstPort: await freePorts(workers),
      workers,
      workerBin: process.env.MEDIASOUP_WORKER_BIN,
      watch: () => undefined,
      limits: { spreadConsumers: 2, maxConsumers: 100, maxCpu: 1 },
      withoutWorkerMs: 30_000,
      hungAfterMs: 30_000,
    },
    {
      clock: systemClock,
      log: createLogger('silent'),
      onNoWorker: () => undefined,
      onHung: () => undefined,
    },
  )
  onTestFinished(() => pool.close())
  const lost: RoomRouter[] = []
  const media = new RoomMedia(pool, systemClock, {
    dominates: () => undefined,
    sound: () => undefined,
    silence: () => undefined,
    lost: (router) => lost.push(router),
  })
  const firstPid = () => {
    const [worker] = pool.running
    if (!worker) throw new Error('no worker runs')
    return worker.pid
  }
  return { pool, media, lost, firstPid }
}

it.each([1, 2])('a worker of %d that dies while a room is started on it fails nobody', async (workers) => {
  const { pool, media, lost, firstPid } = await start(workers)
  const victim = firstPid()
  process.kill(victim, 'SIGSTOP')
  const asked = [media.acquire(), media.acquire()]
  const placed = media.place(1)
  process.kill(victim, 'SIGKILL')
  await Promise.all(asked)
  const place = await placed
  expect(place.router.worker.pid).not.toBe(victim)
  expect(place.router.worker.rooms).toBe(1)
  expect(await place.router.createTransport()).toBeDefined()
  expect(lost).toEqual([])
  expect(media.rtpCapabilities.codecs?.length).toBeGreaterThan(0)
  media.release()
  media.release()
  await expect.poll(() => pool.running.map(({ rooms }) => rooms)).toEqual(pool.running.map(() => 0))
})

it('a worker that dies with a request open refuses it, and its router is lost once', async () => {
  const { media, lost, firstPid } = await start(1)
  await media.acquire()
  const { router } = await media.place(1)
  process.kill(firstPid(), 'SIGSTOP')
  const asked = router.createTransport()
  process.kill(firstPid(), 'SIGKILL')
  await expect(asked).rejects.toMatchObject({ code: 'rejected-by-media' })
  expect(lost).toEqual([router])
  expect(router.closed).toBe(true)
})

it('a place that is waited for until everyone has left brings nothing to a worker', async () => {
  const { pool, media } = await start(1)
  await media.acquire()
  // As while all workers are being replaced.
  const runs = Promise.withResolvers<void>()
  vi.spyOn(pool, 'untilOneRuns').mockReturnValueOnce(runs.promise)
  const placed = media.place(1)
  media.release()
  runs.resolve()
  await expect(placed).rejects.toMatchObject({ code: 'invalid-state' })
  await expect
    .poll(() => pool.running.map(({ rooms, expecting }) => [rooms, expecting.size]))
    .toEqual([[0, 0]])
})

it('a crowd that comes at once is spread before any of it consumes', async () => {
  const { pool, media } = await start(2)
  await media.acquire()
  await Promise.all(Array.from({ length: 20 }, () => media.place(3)))
  expect(pool.running.map((worker) => worker.loadAt(systemClock.monotonic(), true).awaited)).toEqual([30, 30])
  expect(pool.running.map(({ rooms }) => rooms)).toEqual([1, 1])
})
