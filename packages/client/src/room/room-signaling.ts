/** The signaling of one participant with its SFU host: requests, notifications, reconnections. */
import type { MintRoomTokenAnswer } from '@radist-tech/protocol/rest'
import {
  type RoomAnswerData,
  type RoomErrorCode,
  type RoomEvent,
  type RoomMethod,
  type RoomNotificationData,
  type RoomRequestInput,
  roomNotificationEnvelopeSchema,
  roomNotifications,
  roomRequests,
  roomResponseSchema,
} from '@radist-tech/protocol/room-signaling'
import type { z } from 'zod'
import { RadistError } from '../errors.ts'
import { parseJson } from '../parse-json.ts'
import { SequenceTracker } from '../sequence.ts'
import { type ConnectionState, SignalingSession } from '../signaling-session.ts'
import type { WebSocketFactory } from '../web-socket.ts'

const REQUEST_TIMEOUT_MS = 10_000
/** Attempts at the host where the participant was, before the control plane is asked where the room is. */
const ATTEMPTS_AT_HOST = 2
/** How long joining is tried while the host does not answer: longer than it takes until it counts as lost. */
const JOIN_WINDOW_MS = 15_000
/** With these nobody has said anything. */
const UNHEARD: readonly string[] = ['server_unreachable', 'request_timeout']
/** With these the host says that the participant's stay is not there (any more); it may go on elsewhere. */
const ELSEWHERE: readonly string[] = ['room_not_found', 'participant_not_found', 'overtaken_epoch']
/** With these the control plane says that it is over. */
const OVER: readonly string[] = ['room_not_found', 'room_closed', 'invalid_reconnect_token']

/** The maps of the protocol, seen so that a method or an event leads to its own type. */
const answerSchemas: { readonly [M in RoomMethod]: { readonly answer: z.ZodType<RoomAnswerData<M>> } } =
  roomRequests
const notificationSchemas: { readonly [E in RoomEvent]: z.ZodType<RoomNotificationData<E>> } =
  roomNotifications

export type NotificationHandlers = { readonly [E in RoomEvent]: (data: RoomNotificationData<E>) => void }

export interface RoomSignalingOptions {
  /** As the token says. */
  signalingUrl: string
  roomId: string
  publicKey: string
  roomToken: string
  webSocketFactory: WebSocketFactory
  random: () => number
  locate: LocateRoom
}

/** Asks the control plane where the room is now, and for a token with which to join it, or to go on as oneself, there. */
export type LocateRoom = (
  roomId: string,
  proof: { roomToken: string } | { participantId: string; reconnectToken: string },
) => Promise<MintRoomTokenAnswer>

/** A request that the host refused; nothing has changed there. */
export class RoomRequestError extends RadistError {
  readonly roomErrorCode: RoomErrorCode

  constructor(method: RoomMethod, roomErrorCode: RoomErrorCode, message: string) {
    super(roomErrorCode === 'permission-denied' ? 'permission_denied' : 'request_refused', {
      detail: `${method}: ${message}`,
    })
    this.roomErrorCode = roomErrorCode
  }
}

/** What a reconnection authenticates with. */
interface Seat {
  roomId: string
  participantId: string
  reconnectToken: string
}

interface OpenRequest {
  method: RoomMethod
  resolve: (data: unknown) => void
  reject: (error: RadistError) => void
  timer: ReturnType<typeof setTimeout>
}

export class RoomSignaling {
  readonly #options: RoomSignalingOptions
  readonly #handlers: NotificationHandlers
  readonly #session: SignalingSession
  #sequence = new SequenceTracker()
  readonly #requests = new Map<number, OpenRequest>()
  #nextRequestId = 1
  #seat: Seat | null = null
  #signalingUrl: string
  #roomToken: string
  #openedAt = 0
  /** Attempts since the participant was last let in. */
  #attempts = 0
  /** The stay at the present host is over; its place in the room is kept for another host. */
  #moved = false
  /** With what the host said that the stay is not there, or why the last attempt to join failed. */
  #refusal: RadistError | null = null

  constructor(
    options: RoomSignalingOptions,
    handlers: NotificationHandlers,
    onState: (state: ConnectionState, error: RadistError | null) => void,
  ) {
    this.#options = options
    this.#signalingUrl = options.signalingUrl
    this.#roomToken = options.roomToken
    this.#handlers = handlers
    this.#session = new SignalingSession({
      webSocketFactory: options.webSocketFactory,
      random: options.random,
      url: () => this.#url(),
      survives: (refusal) => this.#survives(refusal),
      pingFrame: () => this.#frame('ping', {}),
      onText: (text) => this.#onText(text),
      onState: (state, error) => {
        if (state !== 'connected') this.#rejectRequests(error ?? new RadistError('server_unreachable'))
        onState(state, error)
      },
    })
  }

  get state(): ConnectionState {
    return this.#session.state
  }

  open(): Promise<void> {
    this.#openedAt = performance.now()
    return this.#session.open()
  }

  reconnect(): Promise<void> {
    return this.#session.reconnect()
  }

  /**
   * Asks the host.
   *
   * @throws RoomRequestError when it refuses; RadistError `request_timeout` after 10 s,
   *   `server_unreachable` when the socket is or goes away, `unexpected_answer`
   */
  async request<M extends RoomMethod>(method: M, data: RoomRequestInput<M>): Promise<RoomAnswerData<M>> {
    const id = this.#nextRequestId
    const text = this.#frame(method, data)
    const answer = await new Promise<unknown>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#requests.delete(id)
        reject(new RadistError('request_timeout', { detail: method }))
      }, REQUEST_TIMEOUT_MS)
      this.#requests.set(id, { method, resolve, reject, timer })
      if (!this.#session.send(text)) this.#settle(id)?.reject(new RadistError('server_unreachable'))
    })
    const parsed = answerSchemas[method].answer.safeParse(answer)
    if (!parsed.success) throw new RadistError('unexpected_answer', { detail: method, cause: parsed.error })
    return parsed.data
  }

  /** The host has ended the stay, but not the place in the room: goes on at whichever host has it next. */
  relocate(): void {
    this.#moved = true
    this.#session.abandon()
  }

  /** Leaves the room for good. `error` says why when nobody asked for it; then the place is gone already. */
  close(error?: RadistError): void {
    this.#session.close(error ? { error } : { farewell: this.#frame('leave', {}) })
  }

  #frame<M extends RoomMethod>(method: M, data: RoomRequestInput<M>): string {
    const id = this.#nextRequestId
    this.#nextRequestId += 1
    return JSON.stringify({ id, method, data })
  }

  #url(): string | Promise<string> {
    this.#attempts += 1
    if (!this.#seat) return this.#refusal ? this.#joinUrlAfter(this.#refusal) : this.#joinUrl()
    if (this.#moved || this.#attempts > ATTEMPTS_AT_HOST) return this.#locatedUrl(this.#seat)
    return this.#resumeUrl(this.#seat)
  }

  #joinUrl(): string {
    // What a host tells is numbered from 1 on for each stay.
    this.#sequence = new SequenceTracker()
    return this.#urlWith({ roomToken: this.#roomToken })
  }

  /** To where the room is now, after a first attempt has failed with `failure`, which is thrown when that changes nothing. */
  async #joinUrlAfter(failure: RadistError): Promise<string> {
    const located = await this.#options
      .locate(this.#options.roomId, { roomToken: this.#roomToken })
      .catch((error: unknown) => {
        // The control plane is away as well, and knows nothing better.
        throw error instanceof RadistError && !error.retryable ? error : failure
      })
    const isThere = located.signalingUrl === this.#signalingUrl
    if (isThere && !UNHEARD.includes(failure.code)) throw failure
    this.#goTo(located)
    return this.#joinUrl()
  }

  #goTo({ signalingUrl, roomToken }: MintRoomTokenAnswer): void {
    this.#signalingUrl = signalingUrl
    this.#roomToken = roomToken
  }

  #resumeUrl({ roomId, participantId, reconnectToken }: Seat): string {
    const lastSeq = String(this.#sequence.last)
    return this.#urlWith({ roomId, participantId, reconnectToken, lastSeq })
  }

  #urlWith(parameters: Record<string, string>): string {
    const url = new URL(this.#signalingUrl)
    url.searchParams.set('publicKey', this.#options.publicKey)
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
    return url.href
  }

  /** To the host where the room is now; the same one as before is asked to let the participant resume. */
  async #locatedUrl(seat: Seat): Promise<string> {
    const { participantId, reconnectToken } = seat
    try {
      const located = await this.#options.locate(seat.roomId, { participantId, reconnectToken })
      this.#moved ||= located.signalingUrl !== this.#signalingUrl
      if (!this.#moved) return this.#resumeUrl(seat)
      this.#goTo(located)
      return this.#joinUrl()
    } catch (error) {
      const isOver = error instanceof RadistError && OVER.includes(error.code)
      if (isOver) throw error.code === 'invalid_reconnect_token' ? (this.#refusal ?? error) : error
      // The control plane may be away while the host is there.
      if (!this.#moved) return this.#resumeUrl(seat)
      throw error
    }
  }

  #survives(refusal: RadistError): boolean {
    if (!this.#seat) return this.#joinsAfter(refusal)
    if (!ELSEWHERE.includes(refusal.code)) return false
    this.#moved = true
    this.#refusal = refusal
    return true
  }

  /** Whether the room may be joined elsewhere, or a little later. */
  #joinsAfter(failure: RadistError): boolean {
    const isFinal = failure === this.#refusal || !(failure.retryable || ELSEWHERE.includes(failure.code))
    this.#refusal = failure
    return !isFinal && performance.now() - this.#openedAt < JOIN_WINDOW_MS
  }

  #onText(text: string): void {
    const json = parseJson(text)
    const notification = roomNotificationEnvelopeSchema.safeParse(json)
    if (notification.success) {
      const { event, data, seq } = notification.data
      if (seq === undefined || this.#sequence.take(seq)) this.#dispatch(event, data)
      return
    }
    const response = roomResponseSchema.safeParse(json)
    if (!response.success || response.data.id === null) return
    const request = this.#settle(response.data.id)
    if (!request) return
    if (response.data.ok) request.resolve(response.data.data)
    else {
      const { code, message } = response.data.error
      request.reject(new RoomRequestError(request.method, code, message))
    }
  }

  #dispatch<E extends RoomEvent>(event: E, data: unknown): void {
    const parsed = notificationSchemas[event].safeParse(data)
    if (!parsed.success) return
    this.#handlers[event](parsed.data)
  }

  /** The host has let this participant in, for the first time or again; called by the owner's handlers. */
  seated(seat: Seat): void {
    this.#seat = {
      roomId: seat.roomId,
      participantId: seat.participantId,
      reconnectToken: seat.reconnectToken,
    }
    this.#attempts = 0
    this.#moved = false
    this.#refusal = null
    this.#session.ready()
  }

  /** Takes an open request out, to be answered one way or the other. */
  #settle(id: number): OpenRequest | undefined {
    const request = this.#requests.get(id)
    if (!request) return undefined
    clearTimeout(request.timer)
    this.#requests.delete(id)
    return request
  }

  /** Answers do not survive their socket; the owner asks again what it still wants. */
  #rejectRequests(error: RadistError): void {
    for (const id of [...this.#requests.keys()]) this.#settle(id)?.reject(error)
  }
}
