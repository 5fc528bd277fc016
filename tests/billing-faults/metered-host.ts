/** An SFU host without media: the real journal, meters, deliveries and enrolment, on a clock that is driven. */
import { mkdirSync } from 'node:fs'
import { newBootId } from '@radist-tech/protocol'
import type { Clock } from '../../apps/sfu/src/clock.ts'
import { ControlPlane } from '../../apps/sfu/src/control-plane/control-plane.ts'
import { Enrolment } from '../../apps/sfu/src/control-plane/enrolment.ts'
import { UsageDelivery } from '../../apps/sfu/src/delivery/usage-delivery.ts'
import { loadIdentity } from '../../apps/sfu/src/identity.ts'
import { Journal } from '../../apps/sfu/src/journal/journal.ts'
import { Metering } from '../../apps/sfu/src/journal/metering.ts'
import { createLogger } from '../../apps/sfu/src/logger.ts'
import type { HostOperation } from './host-operation.ts'

export interface HostOptions {
  dataDir: string
  controlPlaneUrl: string
  fleetSecret: string
  usageIntervalSeconds: number
  /** The schedule's time at which it starts; its monotonic clock begins at 0, as a process' does. */
  startedAt: number
  wall: number
}

/** How long an answer may take: shorter than `delay` in schedules may be. */
const ANSWER_TIMEOUT_MS = 3000

export class MeteredHost {
  readonly #options: HostOptions
  readonly #clock: DrivenClock
  readonly #controlPlane: ControlPlane
  readonly #enrolment: Enrolment
  readonly #journal: Journal
  readonly #metering: Metering
  readonly #usage: UsageDelivery
  /** The metering's ids of stays, by the schedule's. */
  readonly #stays = new Map<number, number>()

  static async open(options: HostOptions): Promise<MeteredHost> {
    mkdirSync(options.dataDir, { recursive: true })
    return new MeteredHost(options, await loadIdentity(options.dataDir))
  }

  private constructor(options: HostOptions, identity: Awaited<ReturnType<typeof loadIdentity>>) {
    const { dataDir, controlPlaneUrl, fleetSecret, usageIntervalSeconds, wall } = options
    const { hostId, publicKey, privateKey } = identity
    const log = createLogger('silent')
    this.#options = options
    this.#clock = new DrivenClock(wall)
    this.#controlPlane = new ControlPlane(controlPlaneUrl, { issuer: hostId, privateKey }, ANSWER_TIMEOUT_MS)
    this.#journal = new Journal(dataDir, {
      recovered: () => undefined,
      damaged: (path, reason) => {
        throw new Error(`a kill has damaged a journal, now at ${path}: ${reason}`)
      },
    })
    this.#metering = new Metering(this.#journal, {
      clock: this.#clock,
      log,
      usageIntervalSeconds,
      onRecords: () => this.#usage.loop.wake(),
    })
    this.#usage = new UsageDelivery(this.#metering, this.#journal, this.#controlPlane, log)
    const bootId = newBootId()
    const report = () => {
      // Once: its load is of no interest here, and hundreds of hosts would keep the Worker busy with it.
      this.#enrolment.close()
      return { bootId, rooms: 0, participants: 0, consumers: 0, workerCpu: 0, state: 'ready' } as const
    }
    const body = {
      publicKey,
      region: 'default',
      bootId,
      signalingUrl: 'ws://127.0.0.1:9',
      controlUrl: 'http://127.0.0.1:9',
      workers: 1,
      maxParticipants: 1000,
      version: 'test',
    }
    this.#enrolment = new Enrolment(this.#controlPlane, {
      hostId,
      fleetSecret,
      body,
      report,
      onDrainWish: () => undefined,
      log,
    })
    this.#enrolment.start()
    this.#usage.loop.wake()
  }

  perform(operation: HostOperation): void {
    this.#clock.set(operation.now - this.#options.startedAt, operation.wall)
    switch (operation.do) {
      case 'admit':
        this.#stays.set(operation.stay, this.#metering.admit(operation.participant))
        return
      case 'alive':
        this.#record(operation.stay, 'alive', operation.now)
        return
      case 'resume':
        this.#record(operation.stay, 'resumed', operation.now)
        return
      case 'drop':
        this.#record(operation.stay, 'dropped', operation.at)
        return
      case 'leave':
        this.#record(operation.stay, 'left', operation.now)
        return
      case 'write':
        this.#metering.write()
        return
      default:
        operation satisfies never
    }
  }

  /** Tries to deliver now; answers how many records still wait. */
  async flush(): Promise<number> {
    await this.#usage.loop.flush()
    return this.#journal.depth().usage
  }

  /** What the ledger would not take. */
  get rejected(): number {
    return this.#journal.depth().rejectedUsage
  }

  /** As a host closes that is asked to: everyone has left by now. */
  async stop(): Promise<void> {
    this.#metering.close()
    await this.#usage.loop.flush()
    this.#end()
  }

  /** Does nothing more, as if its process were gone: what is on the disk stays as it is. */
  abandon(): void {
    this.#end()
    // Writes to a journal that is closed, so to nothing.
    this.#metering.close()
  }

  #end(): void {
    this.#journal.close()
    this.#enrolment.close()
    this.#usage.loop.close()
    this.#controlPlane.close()
  }

  #record(stay: number, type: 'alive' | 'resumed' | 'dropped' | 'left', at: number): void {
    const stayId = this.#stays.get(stay)
    if (stayId !== undefined) this.#metering.record(stayId, { type, at: at - this.#options.startedAt })
  }
}

class DrivenClock implements Clock {
  #monotonic = 0
  #wall: number

  constructor(wall: number) {
    this.#wall = wall
  }

  set(monotonic: number, wall: number): void {
    this.#monotonic = monotonic
    this.#wall = wall
  }

  readonly monotonic = () => this.#monotonic
  readonly wall = () => this.#wall
}
