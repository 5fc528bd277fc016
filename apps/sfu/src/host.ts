/** The SFU host: puts its parts together, and ends them in order. */
import { setTimeout as after } from 'node:timers/promises'
import {
  type EnrolBody,
  type HeartbeatBody,
  HOST_SILENCE_LIMIT_MS,
  type HostId,
  newBootId,
  ROOM_SIGNALING_PATH,
} from '@radist-tech/protocol'
import type { types } from 'mediasoup'
import { warnOfAddresses } from './addresses.ts'
import { systemClock } from './clock.ts'
import type { Config } from './config.ts'
import { Admissions } from './control-plane/admissions.ts'
import { ControlPlane } from './control-plane/control-plane.ts'
import { Enrolment } from './control-plane/enrolment.ts'
import { controlPlaneKeys } from './control-plane/key-set.ts'
import { DataDir } from './data-dir.ts'
import { DepartureDelivery } from './delivery/departure-delivery.ts'
import { PresenceDelivery } from './delivery/presence-delivery.ts'
import { UsageDelivery } from './delivery/usage-delivery.ts'
import { type HostConditions, hostStateOf, notReadyReasons } from './domain/host-state.ts'
import { ReplayGuard } from './domain/replay-guard.ts'
import { CertificateWatch, readCertificate } from './http/certificate.ts'
import { ControlRequests } from './http/control-requests.ts'
import { addHttpRoutes, addOperatorRoutes, type Health, type RouteOptions } from './http/http-routes.ts'
import { HttpServer } from './http/listen.ts'
import { loadIdentity } from './identity.ts'
import { Journal } from './journal/journal.ts'
import { Metering } from './journal/metering.ts'
import { createLogger, describeError } from './logger.ts'
import { WorkerPool } from './media/worker-pool.ts'
import { describeHost } from './metrics/describe-host.ts'
import { HostMetrics } from './metrics/host-metrics.ts'
import { MediaCensus } from './metrics/media-census.ts'
import { OperatorDrain } from './operator-drain.ts'
import { QualitySampler } from './room/quality-sampler.ts'
import { Rooms } from './room/rooms.ts'
import { Entrance } from './signaling/entrance.ts'
import { SignalingServer } from './signaling/signaling-server.ts'
import { VERSION } from './version.ts'

/** How often a draining host looks whether everyone has gone. */
const DRAIN_LOOK_MS = 1000

export interface Host {
  readonly hostId: HostId
  health(): Health
  /** The media workers that run now: process id, consumers of participants, share of a core. */
  readonly workers: readonly { pid: number; consumers: number; cpu: number }[]
  /**
   * Takes no new rooms, nor anyone into empty ones, and closes once everyone has left, or at the
   * deadline. Settles when closed. Never rejects.
   */
  drain(): Promise<void>
  /** Looks whether there is a new certificate. */
  reload(): Promise<void>
  /** Ends all rooms, delivers what it can in the time configured for it, then frees everything. Never rejects. */
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
    new ControlPlane(
      config.controlPlaneUrl,
      { issuer: hostId, privateKey: identity.privateKey, region },
      config.controlPlaneTimeoutMs,
    ),
  )
  const journal = owned(
    new Journal(config.dataDir, {
      recovered: (participants) => {
        if (participants > 0)
          log.warn({ participants }, 'the last run ended without a stop: its open time is recorded')
      },
      damaged: (path, reason) =>
        log.error({ path, reason }, 'the journal was damaged and is set aside: usage in it is not delivered'),
    }),
  )
  const metering = owned(
    new Metering(journal, {
      clock: systemClock,
      log,
      usageIntervalSeconds: config.usageIntervalSeconds,
      onRecords: () => usage.loop.wake(),
    }),
  )
  const usage = new UsageDelivery(metering, journal, controlPlane, log)
  owned(usage.loop)
  const departures = owned(new DepartureDelivery(journal, controlPlane, log))
  const presence = owned(new PresenceDelivery(controlPlane, systemClock, log))
  const metrics = new HostMetrics()
  const census = owned(new MediaCensus(metrics))
  const media = { ...config.media, watch: (worker: types.Worker) => census.watch(worker) }
  const pool = owned(
    await WorkerPool.start(media, {
      clock: systemClock,
      log,
      onNoWorker: () => {
        log.error('no media worker can be started: all stays end')
        for (const room of rooms.all) room.endForLackOfWorkers()
      },
      onHung: () => metrics.workerHung(),
    }),
  )
  const { limits, maxParticipants, dynacast } = config
  const rooms = new Rooms({
    pool,
    metering,
    departures,
    presence,
    clock: systemClock,
    limits,
    dynacast,
    metrics,
    log,
  })

  owned(new QualitySampler(rooms))

  let stopping = false
  let draining = false
  const operatorDrain = owned(new OperatorDrain(rooms, config.drainMs, log))
  const conditions = (): HostConditions => ({
    stopping,
    draining: draining || operatorDrain.asked,
    journalWritable: metering.writable,
    workers: pool.running.length,
  })
  const hostState = () => hostStateOf(conditions())
  const clock = systemClock
  const entrance = new Entrance({
    hostId,
    maxParticipants,
    rooms,
    admissions: owned(new Admissions(controlPlane)),
    keys,
    conditions,
    metrics,
    clock,
    log,
  })
  const { trustedProxies } = config
  const signaling = owned(new SignalingServer({ entrance, clock, limits, metrics, trustedProxies }))

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
    new Enrolment(controlPlane, {
      hostId,
      fleetSecret: config.fleetSecret,
      body,
      report,
      onDrainWish: (asked) => operatorDrain.wish(asked),
      log,
    }),
  )
  const health = (): Health => ({
    hostId,
    bootId,
    state: hostState(),
    reasons: notReadyReasons(
      { ...conditions(), enrolled: enrolment.enrolled, controlPlaneSilentMs: enrolment.silentMs },
      HOST_SILENCE_LIMIT_MS,
    ),
    enrolled: enrolment.enrolled,
    rooms: rooms.all.length,
    participants: rooms.participants,
    version: VERSION,
    journal: { ...journal.depth(), damaged: journal.damaged, failure: metering.failure },
  })
  const { tls } = config
  const certificate = { current: tls && readCertificate(tls) }
  describeHost(metrics, {
    rooms,
    pool,
    census,
    journal,
    enrolment,
    health,
    sockets: () => signaling.connections,
    certificate: () => certificate.current,
  })
  const routes: RouteOptions = {
    control: new ControlRequests({ hostId, keys, replays: new ReplayGuard(bootedAt), rooms, hostState, log }),
    health,
    metrics,
    metricsGuard: {
      token: config.metrics.token,
      behindProxy: tls === null && config.publicUrl.startsWith('https:'),
    },
  }
  const server = owned(
    await HttpServer.listen({
      host: config.listenHost,
      port: config.port,
      tls,
      variable: 'RADIST_SFU_PORT',
      routes(app) {
        signaling.serve(app)
        addHttpRoutes(app, routes)
      },
    }),
  )
  if (config.metrics.listen) {
    const forOperators = { tls: null, variable: 'RADIST_SFU_METRICS_PORT' }
    owned(
      await HttpServer.listen({
        ...config.metrics.listen,
        ...forOperators,
        routes: (app) => addOperatorRoutes(app, routes),
      }),
    )
  }
  const reload = async (): Promise<void> => {
    if (!tls) return
    try {
      const renewed = readCertificate(tls)
      if (renewed.fingerprint === certificate.current?.fingerprint) return
      await server.renewCertificate()
      certificate.current = renewed
      log.info({ expiresAt: new Date(renewed.expiresAt).toISOString() }, 'a new certificate is in use')
    } catch (error) {
      log.error(
        { reason: describeError(error) },
        'the certificate is not renewed: the former one stays in use',
      )
    }
  }
  if (tls) owned(new CertificateWatch(tls, () => void reload()))
  void warnOfAddresses(config, log)
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
    const timeout = AbortSignal.timeout(config.farewellMs)
    await Promise.race([delivered, new Promise((resolve) => timeout.addEventListener('abort', resolve))])
    const { usage: records, departures: left } = journal.depth()
    log.info({ undelivered: { records, departures: left } }, 'stopped')
  }
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= farewell().finally(() => opened.disposeAsync())
    return closing
  }
  const drain = async (): Promise<void> => {
    if (draining || stopping) return closing
    draining = true
    log.info({ participants: rooms.participants, deadlineSeconds: config.drainMs / 1000 }, 'draining')
    await enrolment.reportNow()
    const until = performance.now() + config.drainMs
    while (!stopping && rooms.places > 0 && performance.now() < until) await after(DRAIN_LOOK_MS)
    return close()
  }
  return {
    hostId,
    health,
    get workers() {
      return pool.running
    },
    drain,
    reload,
    close,
  }
}
