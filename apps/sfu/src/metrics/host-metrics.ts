/**
 * What `GET /metrics` tells, for Prometheus. No label holds an id of a participant, room or project:
 * the number of series does not grow with use.
 */
import type { ApiErrorCode } from '@radist-tech/protocol'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

export const METRICS_CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE

/** How a join or a reconnection went. `gone`: the participant did not wait for the answer. */
export type JoinOutcome = 'joined' | 'resumed' | 'refused' | 'gone'
/** Why the host cut a socket: too much waited for it unread, or it was silent for too long. */
export type CutReason = 'unread' | 'silent'
export type Direction = 'in' | 'out'

export class HostMetrics {
  readonly registry = new Registry()
  readonly #joins = this.#histogram(
    'join_duration_seconds',
    'Time from the opening of a socket to its answer, by outcome',
    ['outcome'],
    [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  )
  readonly #refused = this.#counter('connections_refused_total', 'Connections refused, by error code', [
    'code',
  ])
  readonly #cut = this.#counter('sockets_cut_total', 'Sockets that the host cut, by reason', ['reason'])
  readonly #dropped = this.#counter(
    'notifications_dropped_total',
    'Notifications that were never sent: their participant was away for too long',
    [],
  )
  readonly #hung = this.#counter(
    'workers_hung_total',
    'Media workers that were killed since they did not answer any more',
    [],
  )
  readonly #bytes = this.#counter(
    'media_bytes_total',
    'Bytes over participants’ transports; what a transport carried after its last sample is left out',
    ['direction'],
  )
  readonly #loss = this.#histogram(
    'packet_loss_ratio',
    'RTP packets lost on participants’ transports, one observation per transport and sample',
    ['direction'],
    [0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5],
  )

  constructor() {
    collectDefaultMetrics({ register: this.registry })
  }

  /** A value that is read whenever the metrics are asked for: reading it must be cheap. */
  gauge(name: string, help: string, read: () => number): void {
    const gauge: Gauge = new Gauge({
      name: `radist_sfu_${name}`,
      help,
      registers: [this.registry],
      collect: () => gauge.set(read()),
    })
  }

  /** Like {@link gauge}, for several values told apart by one label. */
  gauges(name: string, help: string, label: string, read: () => Iterable<readonly [string, number]>): void {
    const gauge: Gauge = new Gauge({
      name: `radist_sfu_${name}`,
      help,
      labelNames: [label],
      registers: [this.registry],
      collect: () => {
        gauge.reset()
        for (const [value, count] of read()) gauge.set({ [label]: value }, count)
      },
    })
  }

  joinEnded(outcome: JoinOutcome, seconds: number): void {
    this.#joins.observe({ outcome }, seconds)
  }

  connectionRefused(code: ApiErrorCode): void {
    this.#refused.inc({ code })
  }

  socketCut(reason: CutReason): void {
    this.#cut.inc({ reason })
  }

  notificationsDropped(count: number): void {
    this.#dropped.inc(count)
  }

  workerHung(): void {
    this.#hung.inc()
  }

  bytesCarried(direction: Direction, bytes: number): void {
    this.#bytes.inc({ direction }, bytes)
  }

  packetsLost(direction: Direction, ratio: number): void {
    this.#loss.observe({ direction }, ratio)
  }

  #counter(name: string, help: string, labelNames: string[]): Counter {
    return new Counter({ name: `radist_sfu_${name}`, help, labelNames, registers: [this.registry] })
  }

  #histogram(name: string, help: string, labelNames: string[], buckets: number[]): Histogram {
    return new Histogram({
      name: `radist_sfu_${name}`,
      help,
      labelNames,
      buckets,
      registers: [this.registry],
    })
  }
}
