/** A room as its object holds it: in memory, in storage, and what others have to be told, always in step. */
import type { PresenceChange } from '@radist-tech/protocol'
import { nextTick, type OpenRoom, type Room, type RoomEffect, type Step } from '../domain/room.ts'
import { presenceHappenings, roomHappenings, rosterOf, type TellsWhy } from '../domain/room-timeline.ts'
import { roomEvents, type ToldEvent } from '../domain/webhook-events.ts'
import type { Env } from '../env.ts'
import { AlarmClock } from './alarm-clock.ts'
import { type HostDrop, HostDrops } from './host-drops.ts'
import { HostRemovals } from './host-removals.ts'
import type { LiveState } from './live-state.ts'
import { Outbox } from './outbox.ts'
import { writeRoomRow } from './room-listing.ts'
import { type RoomOrigin, RoomStore, type StoredRoom } from './room-store.ts'
import { TimelineStore } from './timeline-store.ts'
import { WebhookOutbox } from './webhook-outbox.ts'

/** How often the Fleet object is asked about the host of a room with people in it, in milliseconds. */
const HOST_CHECK_INTERVAL_MS = 30_000
/** How long the project waits for the number of participants, in milliseconds: many come at once. */
const COUNT_WAIT_MS = 2000

const notSaid: TellsWhy = new Map()

export class RoomRecord {
  readonly #ctx: DurableObjectState
  readonly #env: Env
  readonly #store: RoomStore
  readonly #drops: HostDrops
  readonly #removals: HostRemovals
  readonly #outbox: Outbox<'listing' | 'place' | 'hosts' | 'count' | 'webhooks'>
  readonly #webhooks: WebhookOutbox
  readonly timeline: TimelineStore
  readonly #alarm: AlarmClock
  readonly #live: LiveState
  #stored: StoredRoom | null
  /** When the host is looked at next; in memory only, since waking up sets it anew. */
  #hostCheckAt: number | null = null

  /** @param live shows the room to who watches it */
  constructor(ctx: DurableObjectState, env: Env, live: LiveState) {
    this.#ctx = ctx
    this.#env = env
    this.#live = live
    this.#store = new RoomStore(ctx.storage)
    this.#drops = new HostDrops(ctx.storage)
    this.#removals = new HostRemovals(ctx.storage)
    this.#outbox = new Outbox(
      ctx.storage,
      {
        listing: () => this.#writeRow(),
        place: () => this.#freePlace(),
        hosts: () => this.#tellHosts(),
        count: () => this.#tellCount(),
        webhooks: () => this.#webhooks.deliver(env),
      },
      ['listing', 'place', 'hosts', 'count', 'webhooks'],
    )
    this.#webhooks = new WebhookOutbox(ctx.storage)
    this.timeline = new TimelineStore(ctx.storage)
    this.#alarm = new AlarmClock(ctx)
    this.#stored = this.#store.load()
  }

  get stored(): StoredRoom | null {
    return this.#stored
  }

  /** The room if it is open, or null. */
  get open(): OpenRoom | null {
    const room = this.#stored?.room
    return room?.kind === 'open' ? room : null
  }

  create(origin: RoomOrigin, room: Room): void {
    this.#ctx.storage.transactionSync(() => {
      this.#store.create({ origin, room })
      this.#drops.createTable()
      this.#outbox.put('listing', Date.now())
    })
    this.#stored = { origin, room }
    this.setAlarm()
  }

  /**
   * Stores the room after an event, with what has to be told of it, in one transaction.
   * @param why participants left, where the event does not say it
   */
  apply<A>({ room, effects, answer }: Step<Room, A>, why = notSaid): A {
    const before = this.#stored
    if (!before) throw new Error('No room to change')
    if (room === before.room && effects.length === 0) return answer
    const now = Date.now()
    const happened = roomHappenings(before.room, room, why, now)
    const { roomId, hasWebhooks } = before.origin
    const told = hasWebhooks ? roomEvents(roomId, before.room, room, happened) : []
    this.#ctx.storage.transactionSync(() => {
      this.#store.save(before.room, room)
      this.timeline.append(happened)
      if (told.length > 0) this.#putWebhooks(before.origin, told)
      if (rosterOf(room).size !== rosterOf(before.room).size)
        this.#outbox.putLater('count', now, COUNT_WAIT_MS)
      for (const effect of effects) this.#note(effect)
    })
    this.#stored = { origin: before.origin, room }
    if (effects.length > 0 || told.length > 0) this.#ctx.waitUntil(this.deliverNew())
    this.#live.changed()
    this.setAlarm()
    return answer
  }

  /** Notes what the open room's host, at its epoch, says of sockets; the same again changes nothing. */
  notePresence(room: OpenRoom, changes: readonly PresenceChange[]): void {
    const { epoch } = room
    const taken = this.#store.presenceTaken(epoch)
    const happened = presenceHappenings(room, changes, taken, Date.now())
    if (happened.length === 0) return
    this.#ctx.storage.transactionSync(() => {
      this.timeline.append(happened)
      this.#store.setPresenceTaken(epoch, Math.max(taken, ...changes.map(({ number }) => number)))
    })
    this.#live.changed()
  }

  /** Has a host told that it must not hold the room at this epoch. */
  drop(drop: HostDrop): void {
    this.#ctx.storage.transactionSync(() => this.#note({ kind: 'drop-on-host', ...drop }))
    this.#ctx.waitUntil(this.deliverNew())
    this.setAlarm()
  }

  /** Tells at once whom nobody has tried to tell yet; the alarm sees to the rest. Never rejects. */
  async deliverNew(): Promise<void> {
    await this.#outbox.deliverNew()
    this.setAlarm()
  }

  /** The alarm's round: `checkHost` is called when it is time to look at the host. */
  async ring(checkHost: () => Promise<void>): Promise<void> {
    this.#alarm.rang()
    const now = Date.now()
    if (this.#needsHostChecks() && now >= (this.#hostCheckAt ?? now)) {
      this.#hostCheckAt = now + HOST_CHECK_INTERVAL_MS
      await checkHost()
    }
    this.#live.runDue(now)
    this.timeline.forgetDue(this.#closedAt, now)
    await this.#outbox.deliverDue(Date.now())
    this.#alarm.setToEarliest(this.#dueTimes())
  }

  /** To be called when what is shown is due at another time, too. */
  setAlarm(): void {
    this.#alarm.setByEarliest(this.#dueTimes())
  }

  #dueTimes(): (number | null)[] {
    const room = this.#stored?.room
    if (!room) return []
    if (!this.#needsHostChecks()) this.#hostCheckAt = null
    else this.#hostCheckAt ??= Date.now() + HOST_CHECK_INTERVAL_MS
    return [
      nextTick(room),
      this.#outbox.nextDueAt(),
      this.#hostCheckAt,
      this.timeline.forgottenAt(this.#closedAt),
      this.#live.nextDueAt(),
    ]
  }

  get #closedAt(): number | null {
    const room = this.#stored?.room
    return room?.kind === 'closed' ? room.closedAt : null
  }

  #needsHostChecks(): boolean {
    return this.open?.placement.kind === 'on-host' && this.open.roster.size > 0
  }

  #note(effect: RoomEffect): void {
    switch (effect.kind) {
      case 'drop-on-host':
        this.#drops.put(effect)
        this.#outbox.put('hosts', Date.now())
        return
      case 'remove-on-host':
        this.#removals.put(effect)
        this.#outbox.put('hosts', Date.now())
        return
      case 'ended':
        this.#outbox.put('place', Date.now())
        this.#outbox.put('listing', Date.now())
        return
    }
  }

  #putWebhooks({ projectId, roomId }: RoomOrigin, events: readonly ToldEvent[]): void {
    this.#webhooks.put(projectId, roomId, events)
    this.#outbox.put('webhooks', Date.now())
  }

  async #writeRow(): Promise<void> {
    if (this.#stored) await writeRoomRow(this.#env.DB, this.#stored)
  }

  async #freePlace(): Promise<void> {
    const origin = this.#stored?.origin
    if (origin) await this.#env.PROJECT.getByName(origin.projectId).closeConnection('room', origin.roomId)
  }

  /** The count as of so many entries of the timeline: an older word that comes later is not believed. */
  async #tellCount(): Promise<void> {
    const stored = this.#stored
    if (!stored) return
    const { roomId, projectId } = stored.origin
    const count = rosterOf(stored.room).size
    await this.#env.PROJECT.getByName(projectId).countParticipants(roomId, count, this.timeline.newest)
  }

  async #tellHosts(): Promise<void> {
    const origin = this.#stored?.origin
    if (!origin) return
    const told = await Promise.allSettled([
      this.#drops.deliver(this.#env, origin.roomId),
      this.#removals.deliver(this.#env, origin.roomId),
    ])
    for (const outcome of told) if (outcome.status === 'rejected') throw outcome.reason
  }
}
