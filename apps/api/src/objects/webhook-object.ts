/**
 * One per project, named by its id: takes the project's events, once each, and hands them to its
 * endpoints (docs/webhooks.md). An attempt is stored when it is over: one that the object dies in is made
 * again, under the same `webhook-id`.
 */
import { DurableObject } from 'cloudflare:workers'
import type { WebhookDelivery, WebhookEvent } from '@radist-tech/protocol/dashboard'
import { disableReason, healthAfter, judgeAttempt } from '../domain/webhook-delivery.ts'
import { type DueLane, freePlaces, type Lane, nextTurns, type Receiver } from '../domain/webhook-turns.ts'
import { configOf, type Env } from '../env.ts'
import { sendWebhook } from '../webhook-request.ts'
import { AlarmClock } from './alarm-clock.ts'
import { type Endpoint, secretsOf, WebhookEndpoints } from './webhook-endpoints.ts'
import { WebhookHealth } from './webhook-health.ts'
import { deliveryNumber, type SeenDelivery, WebhookHistory } from './webhook-history.ts'
import { type QueuedDelivery, WebhookQueue } from './webhook-queue.ts'

/** When the alarm takes over what was begun and not heard of again: its instance died, in milliseconds. */
const TAKE_OVER_MS = 20_000
/** Wait when D1 does not tell who the endpoints are, in milliseconds. */
const RETRY_MS = 5000
/** How long a test's answer waits for its attempt, in milliseconds: longer than one takes. */
const TEST_WAIT_MS = 17_000

/** `enabled` and `deleted`: what is remembered of its failures is forgotten. */
export type EndpointChange = 'changed' | 'enabled' | 'deleted'

export class WebhookObject extends DurableObject<Env> {
  readonly #queue: WebhookQueue
  readonly #history: WebhookHistory
  readonly #health: WebhookHealth
  readonly #endpoints: WebhookEndpoints
  readonly #alarm: AlarmClock
  /** Lanes with an attempt under way in this instance. */
  readonly #running = new Map<string, Lane>()
  /** Who waits for the next attempt of a lane to be over. */
  readonly #watchers = new Map<string, () => void>()
  #takeOverAt: number | null = null
  /** Set while D1 does not answer. */
  #retryAt: number | null = null
  #round: Promise<void> = Promise.resolve()
  #nextRound: Promise<void> | null = null

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#queue = new WebhookQueue(ctx.storage)
    this.#history = new WebhookHistory(ctx.storage)
    this.#health = new WebhookHealth(ctx.storage.sql, this.#queue.exists)
    this.#endpoints = new WebhookEndpoints(env.DB)
    this.#alarm = new AlarmClock(ctx)
  }

  /**
   * Takes events of one subject, in their order: all that their object has not yet been told were taken.
   * One that came before changes nothing. Throws when D1 cannot say who wants them.
   */
  async take(projectId: string, subject: string, events: WebhookEvent[]): Promise<void> {
    const receivers = await this.#receivers(projectId)
    this.#queue.put({ projectId, subject }, events, receivers, Date.now())
    if (this.#queue.exists) this.#goOn()
  }

  /** To be called after each change of an endpoint in D1. */
  async endpointChanged(endpointId: string, change: EndpointChange): Promise<void> {
    this.#endpoints.invalidate()
    if (change !== 'changed') this.#health.forget(endpointId)
    if (change === 'deleted') this.#queue.forgetLanes(endpointId)
    if (this.#queue.exists) this.#goOn()
  }

  /**
   * Sends an event to one endpoint alone, once, as soon as it has a place. Answers what came of it, or that
   * nothing has yet.
   */
  async sendTest(projectId: string, endpointId: string, event: WebhookEvent): Promise<SeenDelivery | null> {
    const lane = { endpointId, subject: event.id }
    const id = this.#queue.putOnce(projectId, lane, event, Date.now())
    const isOver = new Promise<void>((resolve) => this.#watchers.set(keyOf(lane), resolve))
    this.#goOn()
    await Promise.race([isOver, scheduler.wait(TEST_WAIT_MS)])
    this.#watchers.delete(keyOf(lane))
    return this.#history.read(id, Date.now())
  }

  /** Sends one more attempt as soon as nothing of its subject is under way; null: it is not kept. */
  async resend(deliveryId: string): Promise<SeenDelivery | null> {
    const id = deliveryNumber(deliveryId)
    if (id === null || !this.#queue.resend(id)) return null
    this.#goOn()
    return this.#history.read(id, Date.now())
  }

  list(
    endpointId: string,
    asked: { state: WebhookDelivery['state'] | null; before: number | null; limit: number },
  ): { deliveries: WebhookDelivery[]; next: string | null } {
    return this.#queue.exists
      ? this.#history.list(endpointId, asked, Date.now())
      : { deliveries: [], next: null }
  }

  read(deliveryId: string): SeenDelivery | null {
    const id = deliveryNumber(deliveryId)
    return id !== null && this.#queue.exists ? this.#history.read(id, Date.now()) : null
  }

  override async alarm(): Promise<void> {
    this.#alarm.rang()
    this.#takeOverAt = null
    this.#retryAt = null
    if (!this.#queue.exists) return
    this.#history.prune(Date.now())
    await this.#begin()
  }

  /** Begins what is due. What was just written comes with an alarm, should the object die now. */
  #goOn(): void {
    this.#takeOverAt ??= Date.now() + TAKE_OVER_MS
    this.#alarm.setByEarliest([this.#takeOverAt])
    this.ctx.waitUntil(this.#begin())
  }

  /** One round at a time; whoever comes while one is under way shares the next. Never rejects. */
  #begin(): Promise<void> {
    this.#nextRound ??= this.#round.then(() => {
      this.#nextRound = null
      return this.#beginDue()
    })
    this.#round = this.#nextRound
    return this.#nextRound
  }

  async #beginDue(): Promise<void> {
    const projectId = this.#queue.projectId
    if (projectId === null) return
    try {
      // A wrong one is nothing that an endpoint should be charged with.
      configOf(this.env)
      for (const endpointId of this.#health.disabling) {
        await this.#endpoints.disable(endpointId, Date.now())
        this.#health.forget(endpointId)
      }
      const endpoints = await this.#receivers(projectId)
      for (const lane of this.#turns(endpoints)) this.#start(lane, endpoints)
      this.#setAlarm(endpoints)
    } catch (error) {
      console.warn(JSON.stringify({ message: 'webhooks are held up', projectId, error: String(error) }))
      this.#retryAt = Date.now() + RETRY_MS
      this.#setAlarm([])
    }
  }

  /** Endpoints that may be sent something. */
  async #receivers(projectId: string): Promise<Endpoint[]> {
    const endpoints = await this.#endpoints.enabled(projectId)
    return endpoints.filter(({ endpointId }) => !this.#health.isDisabling(endpointId))
  }

  #turns(endpoints: readonly Endpoint[]): Lane[] {
    const now = Date.now()
    const receivers = endpoints.map(({ endpointId }): Receiver => {
      const isFailing = this.#health.of(endpointId).failures > 0
      return { endpointId, isFailing, running: this.#runningAt(endpointId) }
    })
    const due = new Map<string, DueLane[]>()
    for (const receiver of receivers) {
      const { endpointId, running } = receiver
      const places = freePlaces(receiver)
      if (places === 0) continue
      const lanes = this.#queue.due(endpointId, places + running, now)
      due.set(
        endpointId,
        lanes.filter((lane) => !this.#running.has(keyOf(lane))),
      )
    }
    return nextTurns(receivers, due)
  }

  #runningAt(endpointId: string): number {
    let running = 0
    for (const lane of this.#running.values()) if (lane.endpointId === endpointId) running += 1
    return running
  }

  #start(lane: Lane, endpoints: readonly Endpoint[]): void {
    const endpoint = endpoints.find(({ endpointId }) => endpointId === lane.endpointId)
    const delivery = this.#queue.head(lane)
    if (!endpoint || !delivery) return
    const key = keyOf(lane)
    this.#running.set(key, lane)
    const over = this.#attempt(endpoint, delivery).finally(() => {
      this.#running.delete(key)
      this.#watchers.get(key)?.()
      this.#goOn()
    })
    this.ctx.waitUntil(over)
  }

  async #attempt(endpoint: Endpoint, delivery: QueuedDelivery): Promise<void> {
    const { endpointId, url } = endpoint
    const target = { url, secrets: secretsOf(endpoint, Date.now()) }
    const attempt = await sendWebhook(this.env, target, { id: delivery.messageId, body: delivery.body })
    const now = Date.now()
    const { since, tries } = delivery
    const verdict = judgeAttempt({ since, tries: tries + 1 }, attempt, now, Math.random())
    const health = healthAfter(this.#health.of(endpointId), attempt, now)
    const reason = disableReason(health, attempt, now)
    this.ctx.storage.transactionSync(() => {
      this.#queue.settle(delivery, attempt, verdict, now)
      this.#health.set(endpointId, health, reason)
    })
    if (reason === null) return
    const { projectId } = this.#queue
    console.warn(JSON.stringify({ message: 'webhook endpoint disabled', projectId, endpointId, reason }))
  }

  #setAlarm(endpoints: readonly Endpoint[]): void {
    const now = Date.now()
    // What is due by now but has not begun waits for a place, which an attempt that ends gives it.
    if (this.#running.size === 0) this.#takeOverAt = null
    else this.#takeOverAt ??= now + TAKE_OVER_MS
    const due = endpoints.map(({ endpointId }) => this.#queue.dueAfter(endpointId, now))
    const pruneAt = this.#history.nextPruneAt(now)
    this.#alarm.setByEarliest([...due, this.#takeOverAt, this.#retryAt, pruneAt])
  }
}

const keyOf = ({ endpointId, subject }: Lane): string => `${endpointId} ${subject}`
