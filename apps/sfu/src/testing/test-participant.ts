/** A participant in tests: Node's own WebSocket, and the protocol as a page would speak it. */
import { EventEmitter, once } from 'node:events'
import {
  ROOM_SIGNALING_PATH,
  type RoomAnswerData,
  type RoomEvent,
  type RoomMethod,
  type RoomNotificationData,
  type RoomRequestInput,
  type RoomResponse,
  roomNotificationEnvelopeSchema,
  roomNotifications,
  roomRequests,
  roomResponseSchema,
} from '@radist-tech/protocol'
import { z } from 'zod'

export interface Notification {
  event: RoomEvent
  data: unknown
  /** Of transient ones there is none. */
  seq?: number | undefined
}

const WAIT_MS = 10_000

export class TestParticipant {
  readonly notifications: Notification[] = []
  readonly responses: RoomResponse[] = []
  closed: { code: number; reason: string } | null = null
  readonly #changed = new EventEmitter()
  readonly #taken = new Set<Notification>()
  readonly #socket: WebSocket
  #lastId = 0

  constructor(origin: string, query: Record<string, string>) {
    this.#changed.setMaxListeners(1000)
    this.#socket = new WebSocket(
      `${origin.replace(/^http/, 'ws')}${ROOM_SIGNALING_PATH}?${new URLSearchParams(query)}`,
    )
    this.#socket.addEventListener('message', ({ data }) => this.#received(JSON.parse(String(data))))
    this.#socket.addEventListener('close', ({ code, reason }) => {
      this.closed = { code, reason }
      this.#changed.emit('change')
    })
  }

  /** Asks, and answers what came back. @throws with the error's code as message when refused */
  async request<M extends RoomMethod>(method: M, data: RoomRequestInput<M>): Promise<RoomAnswerData<M>> {
    return answerTo(method, await this.ask(method, data))
  }

  async ask(method: string, data: unknown): Promise<RoomResponse> {
    this.#lastId += 1
    const id = this.#lastId
    this.send(JSON.stringify({ id, method, data }))
    return this.until(() => this.responses.find((response) => response.id === id), `the answer to ${method}`)
  }

  send(frame: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(frame)
  }

  /** The next notification of this kind, past ones included; each is taken once. */
  async notified<E extends RoomEvent>(event: E): Promise<RoomNotificationData<E>> {
    const notification = await this.until(
      () => this.notifications.find((candidate) => candidate.event === event && !this.#taken.has(candidate)),
      `the notification ${event}`,
    )
    this.#taken.add(notification)
    const data: z.ZodType<RoomNotificationData<E>> = z.custom<RoomNotificationData<E>>(
      (value) => roomNotifications[event].safeParse(value).success,
    )
    return data.parse(notification.data)
  }

  get lastSeq(): number {
    return this.notifications.findLast(({ seq }) => seq !== undefined)?.seq ?? 0
  }

  async refusal(): Promise<{ code: number; reason: string }> {
    return this.until(() => this.closed, 'the close of the socket')
  }

  /** Leaves like a page that is closed: without a word on the protocol's level. */
  async drop(): Promise<void> {
    this.#socket.close()
    await this.refusal()
  }

  /** Waits until what has arrived so far answers to this. */
  async until<T>(find: () => T | undefined | null | false, what: string, waitMs = WAIT_MS): Promise<T> {
    const timeout = AbortSignal.timeout(waitMs)
    for (;;) {
      const found = find()
      if (found !== undefined && found !== null && found !== false) return found
      await once(this.#changed, 'change', { signal: timeout }).catch(() => {
        throw new Error(`waited in vain for ${what}; closed: ${JSON.stringify(this.closed)}`)
      })
    }
  }

  #received(json: unknown): void {
    const response = roomResponseSchema.safeParse(json)
    if (response.success) this.responses.push(response.data)
    else this.notifications.push(roomNotificationEnvelopeSchema.parse(json))
    this.#changed.emit('change')
  }
}

/** What a response brings. @throws with the error's code as message when it is a refusal */
export function answerTo<M extends RoomMethod>(method: M, response: RoomResponse): RoomAnswerData<M> {
  if (!response.ok) throw new Error(response.error.code)
  const answer: z.ZodType<RoomAnswerData<M>> = z.custom<RoomAnswerData<M>>(
    (value) => roomRequests[method].answer.safeParse(value).success,
  )
  return answer.parse(response.data)
}
