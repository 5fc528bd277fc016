/** A room's media: a router on each worker that carries participants of it, and the pipes between them. */
import { type RoomNotificationData, roomNotifications } from '@radist-tech/protocol'
import type { Clock } from '../clock.ts'
import { RequestRefused } from '../room/request-refused.ts'
import { MediaPlace } from './media-place.ts'
import type { MediaWorker } from './media-worker.ts'
import { Pipes } from './pipes.ts'
import { RoomRouter, type RouterEvents } from './room-router.ts'
import type { WorkerPool } from './worker-pool.ts'
import { WorkerShare } from './worker-share.ts'

type RtpCapabilities = RoomNotificationData<'joined'>['routerRtpCapabilities']
const rtpCapabilities = roomNotifications.joined.shape.routerRtpCapabilities

/** How often a worker may die under a router that is being started on it, until that is given up. */
const ATTEMPTS = 3

export class RoomMedia {
  readonly #pool: WorkerPool
  readonly #clock: Clock
  readonly #events: RouterEvents
  /** Kept from the first to the last user, those without participants too: the room may grow again. */
  readonly #routers = new Map<MediaWorker, Promise<RoomRouter>>()
  readonly #pipes = new Pipes()
  #users = 0
  #rtpCapabilities: RtpCapabilities = {}

  constructor(pool: WorkerPool, clock: Clock, events: RouterEvents) {
    this.#pool = pool
    this.#clock = clock
    this.#events = events
  }

  /** Participants, and joins under way. */
  get users(): number {
    return this.#users
  }

  /** What all its routers can carry. Known from the first {@link acquire} on. */
  get rtpCapabilities(): RtpCapabilities {
    return this.#rtpCapabilities
  }

  get pipes(): number {
    return this.#pipes.count
  }

  /**
   * Takes a share of the room's media, to be given back with {@link release}, and makes sure that
   * there is a worker with room for one more.
   * @throws {RequestRefused} when there is none; no share is taken then
   */
  async acquire(): Promise<void> {
    this.#users += 1
    try {
      await this.#onWorker((worker) => this.#routerOn(worker))
    } catch (error) {
      this.release()
      throw error
    }
  }

  /** With the last share all routers end. */
  release(): void {
    this.#users -= 1
    if (this.#users > 0) return
    for (const starting of this.#routers.values())
      starting.then(
        (router) => router.close(),
        () => undefined,
      )
    this.#routers.clear()
  }

  /**
   * A place on a worker for a participant.
   * @param expected consumers that it will probably want; null: it may receive nothing
   * @throws {RequestRefused} `limit-reached` when all workers are full, `rejected-by-media` when none runs
   */
  place(expected: number | null): Promise<MediaPlace> {
    return this.#onWorker(async (worker) => {
      const share = new WorkerShare(worker, expected, this.#clock.monotonic())
      try {
        return new MediaPlace(await this.#routerOn(worker), share, this.#pipes)
      } catch (error) {
        share.end()
        throw error
      }
    })
  }

  /** Does something on the worker of choice; on another one when that dies meanwhile. */
  async #onWorker<T>(action: (worker: MediaWorker) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      await this.#pool.untilOneRuns()
      // A router that is started now would have nobody to end it.
      if (this.#users === 0) throw new RequestRefused('invalid-state', 'Everyone has left.')
      const worker = this.#pool.choose((candidate) => this.#routers.has(candidate))
      if (!worker) throw new RequestRefused('limit-reached', 'All media workers are full.')
      try {
        return await action(worker)
      } catch (error) {
        if (!worker.closed || attempt === ATTEMPTS) throw error
      }
    }
  }

  #routerOn(worker: MediaWorker): Promise<RoomRouter> {
    const known = this.#routers.get(worker)
    if (known) return known
    const starting = RoomRouter.start(worker, this.#events)
    this.#routers.set(worker, starting)
    const forget = () => {
      if (this.#routers.get(worker) === starting) this.#routers.delete(worker)
    }
    starting.then(({ router }) => {
      // What mediasoup answers, seen as the protocol's.
      this.#rtpCapabilities = rtpCapabilities.parse(router.rtpCapabilities)
      router.observer.once('close', forget)
    }, forget)
    return starting
  }
}
