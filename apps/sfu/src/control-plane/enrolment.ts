/** Being known to the control plane: enrolment at start, then a report of the load every 2 s. */
import {
  type EnrolBody,
  enrolAnswerSchema,
  HEARTBEAT_INTERVAL_MS,
  type HeartbeatBody,
  HOSTS_PATH,
  heartbeatAnswerSchema,
  heartbeatPath,
} from '@radist-tech/protocol'
import { type BackOff, waitAfter } from '../domain/back-off.ts'
import { describeError, type Logger } from '../logger.ts'
import { type ControlPlane, ControlPlaneRefusal } from './control-plane.ts'

const ENROL_BACK_OFF: BackOff = { firstMs: 500, maxMs: 15_000 }

export class Enrolment {
  readonly #controlPlane: ControlPlane
  readonly #hostId: string
  readonly #fleetSecret: string
  readonly #body: EnrolBody
  readonly #report: () => HeartbeatBody
  readonly #onDrainWish: (asked: boolean) => void
  readonly #log: Logger
  #enrolled = false
  #heardAt = performance.now()
  #failures = 0
  #closed = false
  #timer: NodeJS.Timeout | undefined

  constructor(
    controlPlane: ControlPlane,
    options: {
      hostId: string
      fleetSecret: string
      body: EnrolBody
      report: () => HeartbeatBody
      /** Called after each report: whether an operator wants the host drained. */
      onDrainWish: (asked: boolean) => void
      log: Logger
    },
  ) {
    this.#controlPlane = controlPlane
    this.#hostId = options.hostId
    this.#fleetSecret = options.fleetSecret
    this.#body = options.body
    this.#report = options.report
    this.#onDrainWish = options.onDrainWish
    this.#log = options.log
  }

  get enrolled(): boolean {
    return this.#enrolled
  }

  /** Since when the control plane has taken no report, in ms. */
  get silentMs(): number {
    return performance.now() - this.#heardAt
  }

  /** Begins; ends with {@link close}. */
  start(): void {
    void this.#turn()
  }

  /** Reports now, e.g. that the host is draining. Never rejects. */
  async reportNow(): Promise<void> {
    if (this.#enrolled) await this.#heartbeat()
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  /** One step, then the next after a wait: never two at a time, however slow the control plane is. */
  async #turn(): Promise<void> {
    const waitMs = this.#enrolled ? await this.#heartbeat() : await this.#enrol()
    if (!this.#closed) this.#timer = setTimeout(() => void this.#turn(), waitMs)
  }

  async #enrol(): Promise<number> {
    try {
      await this.#controlPlane.post(HOSTS_PATH, this.#body, enrolAnswerSchema, this.#fleetSecret)
      this.#enrolled = true
      this.#heardAt = performance.now()
      this.#failures = 0
      this.#log.info({ hostId: this.#hostId, region: this.#body.region }, 'enrolled')
      return 0
    } catch (error) {
      this.#failures += 1
      if (!this.#closed) this.#log.warn({ reason: describeError(error) }, 'not enrolled, will try again')
      return waitAfter(this.#failures, ENROL_BACK_OFF, Math.random())
    }
  }

  async #heartbeat(): Promise<number> {
    const startedAt = performance.now()
    try {
      const path = heartbeatPath(this.#hostId)
      const { drain } = await this.#controlPlane.post(path, this.#report(), heartbeatAnswerSchema)
      this.#heardAt = performance.now()
      if (this.#failures > 0) this.#log.info('the control plane hears this host again')
      this.#failures = 0
      this.#onDrainWish(drain)
    } catch (error) {
      if (error instanceof ControlPlaneRefusal && error.code === 'host_not_found') {
        this.#enrolled = false
        return 0
      }
      if (this.#failures === 0) this.#log.warn({ reason: describeError(error) }, 'the heartbeat failed')
      this.#failures += 1
    }
    return Math.max(0, HEARTBEAT_INTERVAL_MS - (performance.now() - startedAt))
  }
}
