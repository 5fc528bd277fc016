/** The SFU host: puts its parts together, and ends them in order. */
import {
  type EnrolBody,
  type HeartbeatBody,
  type HostId,
  newBootId,
  ROOM_SIGNALING_PATH,
} from '@radist-tech/protocol'
import { systemClock } from './clock.ts'
import type { Config } from './config.ts'
import { ControlPlane } from './control-plane/control-plane.ts'
import { Enrolment } from './control-plane/enrolment.ts'
import { controlPlaneKeys } from './control-plane/key-set.ts'
import { DataDir } from './data-dir.ts'
import { DepartureDelivery } from './delivery/departure-delivery.ts'
import { UsageDelivery } from './delivery/usage-delivery.ts'
import { type HostState, hostStateOf } from './domain/host-state.ts'
import { ReplayGuard } from './domain/replay-guard.ts'
import { ControlRequests } from './http/control-requests.ts'
import { addHttpRoutes, type Health } from './http/http-routes.ts'
import { createHttpServer } from './http/listen.ts'
import { loadIdentity } from './identity.ts'
import { Journal } from './journal/journal.ts'
import { Metering } from './journal/metering.ts'
import { createLogger } from './logger.ts'
import { WorkerPool } from './media/worker-pool.ts'
import { Rooms } from './room/rooms.ts'
import { Entrance } from './signaling/entrance.ts'
import { SignalingServer } from './signaling/signaling-server.ts'
import { VERSION } from './version.ts'

/** How long a stopping host tries to deliver what waits; the rest is delivered after the next start. */
const FAREWELL_MS = 4000

export interface Host {
  readonly hostId: HostId
  health(): Health
  /** The media workers that run now: process id, consumers of participants, share of a core. */
  readonly workers: readonly { pid: number; consumers: number; cpu: number }[]
  /** Ends all rooms, delivers what it can within 4 s, then frees everything. Never rejects. */
  close(): Promise<void>
}

/**
 * Starts a host; it enrols in the background.
 * @throws when it cannot run here: port taken, data directory held or damaged, no media worker
 */
export async function startHost(config: Config): Promise<Host> {
  const opened = new AsyncDisposableStack()
  try {
    return await open(config, opened)
  } catch (error) {
    await opened.disposeAsync()
    throw error
  }
}

async function open(config: Config, opened: AsyncDisposableStack): Promise<Host> {
  const log = createLogger(config.logLevel)
  const bootId = newBootId()
  const bootedAt = Date.now() / 1000
  const owned = <T extends { close(): void }>(part: T): T => opened.adopt(part, () => part.close())

  owned(new DataDir(config.dataDir))
  const identity = await loadIdentity(config.dataDir)
  const { hostId } = identity
  const { region } = config
  const keys = controlPlaneKeys(config.controlPlaneUrl)
  const controlPlane = owned(
    new ControlPlane(config.controlPlaneUrl, { issuer: hostId, privateKey: identity.privateKey, region }),
  )
  const journal = owned(
    new Journal(config.dataDir, {
      recovered: (participants) => {
        if (participants > 0)
          log.warn({ participants }, 'the last run ended without a stop: its open time is recorded')
      },
    }),
  )
  const usage = new UsageDelivery(journal, controlPlane, log)
  owned(usage.loop)
  const departures = owned(new DepartureDelivery(journal, controlPlane, log))
  const metering = owned(
    new Metering(journal, {
      clock: systemClock,
      log,
      usageIntervalSeconds: config.usageIntervalSeconds,
      onRecords: () => usage.loop.wake(),
    }),
  )
  const pool = owned(
    await WorkerPool.start(config.media, {
      clock: systemClock,
      log,
      onNoWorker: () => {
        log.error('no media worker can be started: all stays end')
        for (const room of rooms.all) room.endForLackOfWorkers()
      },
    }),
  )
  const rooms = new Rooms({ pool, metering, departures, clock: systemClock, log })

  let stopping = false
  const hostState = (): HostState =>
    hostStateOf({ stopping, journalWritable: metering.writable, workers: pool.running.length })
  const { maxParticipants } = config
  const server = owned(createHttpServer())
  const entrance = new Entrance({ hostId, maxParticipants, rooms, controlPlane, keys, hostState, log })
  owned(new SignalingServer(server.app, entrance, systemClock))

  const report = (): HeartbeatBody => ({
    bootId,
    rooms: rooms.all.length,
    participants: rooms.participants,
    consumers: rooms.consumers,
    workerCpu: pool.meanCpu,
    state: hostState(),
  })
  const body: EnrolBody = {
    publicKey: identity.publicKey,
    region,
    bootId,
    signalingUrl: config.publicUrl.replace(/^http/, 'ws') + ROOM_SIGNALING_PATH,
    controlUrl: config.publicUrl,
    workers: config.media.workers,
    maxParticipants,
    version: VERSION,
  }
  const enrolment = owned(
    new Enrolment(controlPlane, { hostId, fleetSecret: config.fleetSecret, body, report, log }),
  )
  const health = (): Health => ({
    hostId,
    bootId,
    state: hostState(),
    enrolled: enrolment.enrolled,
    rooms: rooms.all.length,
    participants: rooms.participants,
    version: VERSION,
    journal: journal.depth(),
  })
  addHttpRoutes(server.app, {
    control: new ControlRequests({ hostId, keys, replays: new ReplayGuard(bootedAt), rooms, hostState, log }),
    health,
    ready: () => enrolment.enrolled && hostState() === 'ready',
  })
  await server.listen(config.listenHost, config.port)
  log.info(
    { hostId, bootId, port: config.port, workers: config.media.workers, version: VERSION },
    'listening',
  )
  enrolment.start()
  // What the last run could not deliver.
  usage.loop.wake()
  departures.loop.wake()

  const farewell = async (): Promise<void> => {
    stopping = true
    log.info('stopping')
    rooms.closeAll()
    metering.close()
    const delivered = Promise.allSettled([enrolment.reportNow(), usage.loop.flush(), departures.loop.flush()])
    const timeout = AbortSignal.timeout(FAREWELL_MS)
    await Promise.race([delivered, new Promise((resolve) => timeout.addEventListener('abort', resolve))])
    const { usage: records, departures: left } = journal.depth()
    log.info({ undelivered: { records, departures: left } }, 'stopped')
  }
  let closing: Promise<void> | undefined
  return {
    hostId,
    health,
    get workers() {
      return pool.running
    },
    close() {
      closing ??= farewell().finally(() => opened.disposeAsync())
      return closing
    },
  }
}
