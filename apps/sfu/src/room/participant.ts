/** One participant: its place in the room, its socket while it has one, and what it has been told. */
import {
  type ParticipantId,
  type ParticipantInfo,
  type Permissions,
  type RoomEvent,
  type RoomNotificationData,
  type RoomResponse,
  roomReconnectToken,
  verifyRoomReconnectToken,
} from '@radist-tech/protocol'
import { type FrameBudget, fullBudget, spent } from '../domain/frame-budget.ts'
import { NotificationLog } from '../domain/notification-log.ts'
import { firstRotation, type ReconnectRotation, rotated, settled } from '../domain/reconnect-rotation.ts'
import type { Limits } from '../limits.ts'
import type { HostMetrics } from '../metrics/host-metrics.ts'
import type { Ending } from '../signaling/endings.ts'
import { ParticipantData } from './participant-data.ts'
import type { ParticipantMedia } from './participant-media.ts'
import type { ParticipantSocket } from './participant-socket.ts'
import { RequestQueue } from './request-queue.ts'

export interface ParticipantOptions {
  id: ParticipantId
  identity: string | undefined
  permissions: Permissions
  reconnectSecret: string
  media: ParticipantMedia
  /** Under which its time is metered. */
  stayId: number
  /** The monotonic clock. */
  now: number
  limits: Limits
  metrics: HostMetrics
}

export class Participant {
  readonly id: ParticipantId
  readonly identity: string | undefined
  readonly permissions: Permissions
  readonly media: ParticipantMedia
  readonly data: ParticipantData
  readonly stayId: number
  readonly requests: RequestQueue
  readonly #reconnectSecret: string
  readonly #log: NotificationLog
  readonly #badFrameBurst: number
  #rotation: ReconnectRotation = firstRotation
  #badFrames: FrameBudget
  #socket: ParticipantSocket | null = null
  #grace: NodeJS.Timeout | undefined

  constructor(options: ParticipantOptions) {
    this.id = options.id
    this.identity = options.identity
    this.permissions = options.permissions
    this.media = options.media
    this.data = new ParticipantData(options.limits.data, options.now, (reason, count) =>
      this.notify('dataRefused', { reason, count }),
    )
    this.stayId = options.stayId
    this.#reconnectSecret = options.reconnectSecret
    const { limits, metrics, now } = options
    this.requests = new RequestQueue(limits)
    this.#log = new NotificationLog(limits.keptNotifications, (count) => metrics.notificationsDropped(count))
    this.#badFrameBurst = limits.badFrameBurst
    this.#badFrames = fullBudget(limits.badFrameBurst, now)
  }

  get socket(): ParticipantSocket | null {
    return this.#socket
  }

  get reconnectToken(): string {
    return roomReconnectToken(this.#reconnectSecret, this.id, this.#rotation.issued)
  }

  /** What the others see. */
  get info(): ParticipantInfo {
    return {
      participantId: this.id,
      ...(this.identity === undefined ? {} : { identity: this.identity }),
      connected: this.#socket !== null,
      producers: [...this.media.tracks.values()].map(({ producer, source }) => ({
        producerId: producer.id,
        kind: producer.kind,
        source,
        paused: producer.paused,
      })),
    }
  }

  /** Whether the token is good; if so, it is used up, and {@link reconnectToken} is the next one. */
  useReconnectToken(token: string): boolean {
    const generation = verifyRoomReconnectToken(this.#reconnectSecret, this.id, token)
    const next = generation === null ? null : rotated(this.#rotation, generation)
    if (next) this.#rotation = next
    return next !== null
  }

  /** The newest socket has spoken, so it has its token. */
  confirmReconnectToken(): void {
    this.#rotation = settled(this.#rotation)
  }

  /** Takes a socket, in place of the one before. */
  attach(socket: ParticipantSocket): void {
    this.#socket = socket
    clearTimeout(this.#grace)
  }

  /** Goes on without a socket; `expired` is called when the participant did not come back in time. */
  detach(graceMs: number, expired: () => void): void {
    this.#socket = null
    this.#grace = setTimeout(expired, graceMs)
  }

  notify<E extends RoomEvent>(event: E, data: RoomNotificationData<E>): void {
    const entry = this.#log.append(event, data, this.#socket !== null)
    this.#socket?.send(JSON.stringify(entry))
  }

  /** Tells of this moment: not numbered, and not kept for a reconnection. */
  notifyTransiently<E extends RoomEvent>(event: E, data: RoomNotificationData<E>): void {
    this.#socket?.send(JSON.stringify({ event, data }))
  }

  /** The first notification after a reconnection, and what was missed. */
  notifyResumed(data: RoomNotificationData<'resumed'>, lastSeq: number | undefined): void {
    for (const entry of this.#log.resume(lastSeq, data)) this.#socket?.send(JSON.stringify(entry))
  }

  /** Answers on the socket that asked; one that is gone takes its answers along. */
  respond(response: RoomResponse, socket: ParticipantSocket): void {
    if (socket === this.#socket) socket.send(JSON.stringify(response))
  }

  /** Whether one more bad frame is borne. */
  bearBadFrame(now: number): boolean {
    const budget = spent(this.#badFrames, this.#badFrameBurst, now)
    if (budget) this.#badFrames = budget
    return budget !== null
  }

  /** Ends its socket and all its media. */
  close(ending: Ending): void {
    clearTimeout(this.#grace)
    const socket = this.#socket
    this.#socket = null
    socket?.end(ending)
    this.media.close()
    this.data.close()
  }
}
