/**
 * One per P2P call, named by the call's id: a thin shell around the call's life (`domain/call.ts`).
 * Each step is stored before its effects are performed, so the object may be evicted at any moment.
 */
import { DurableObject } from 'cloudflare:workers'
import {
  type ApiErrorCode,
  apiErrors,
  callIdSchema,
  closeCodeOf,
  newCallToken,
  newPeerId,
  newReconnectToken,
  PONG_FRAME,
  type ServerFrame,
} from '@radist-tech/protocol'
import type { CallLiveFrame } from '@radist-tech/protocol/dashboard'
import { type CallEvent, newCall, stepCall, voidedCall } from '../domain/call.ts'
import { nextAuditAt, nextDueAt } from '../domain/call-due.ts'
import type { CallState } from '../domain/call-state.ts'
import { viewCall } from '../domain/call-view.ts'
import type { ConnectionState } from '../domain/connections.ts'
import { frameErrorMessages, openGate, passGate } from '../domain/frame-gate.ts'
import { hasLapsed } from '../domain/idempotency.ts'
import { NO_ACCESS } from '../domain/project-access.ts'
import { callEventOf, readSignalingQuery } from '../domain/signaling-query.ts'
import { viewTimeline } from '../domain/timeline.ts'
import { callEvents } from '../domain/webhook-events.ts'
import { configOf, type Env } from '../env.ts'
import { AlarmClock } from './alarm-clock.ts'
import { CallEffects, type Newcomer } from './call-effects.ts'
import { CallIceServers } from './call-ice-servers.ts'
import { freePlace, listInTime, writeListingRow } from './call-listing.ts'
import type {
  CallCreation,
  ClaimedMint,
  ClaimedToken,
  LookedAtCall,
  MintedToken,
  Minter,
  SeenCall,
} from './call-requests.ts'
import { answerClose, CallSockets, isOpen } from './call-sockets.ts'
import { CallStore, type StoredCall } from './call-store.ts'
import { CallVisitors } from './call-visitors.ts'
import { GrantedTokens } from './granted-tokens.ts'
import { LiveState } from './live-state.ts'
import type { Reservation, ReservedObject } from './open-connections.ts'
import { Outbox } from './outbox.ts'
import { TimelineStore } from './timeline-store.ts'
import { WATCH_PATH } from './watchers.ts'
import { WebhookOutbox } from './webhook-outbox.ts'

type Created = { ok: true } | { ok: false; code: 'call_terminated' }

export class CallObject extends DurableObject<Env> implements ReservedObject {
  readonly #store: CallStore
  readonly #sockets: CallSockets
  readonly #alarm: AlarmClock
  readonly #outbox: Outbox<'listing' | 'place' | 'webhooks'>
  readonly #iceServers: CallIceServers
  readonly #granted: GrantedTokens
  readonly #timeline: TimelineStore
  readonly #webhooks: WebhookOutbox
  readonly #effects: CallEffects
  readonly #visitors: CallVisitors
  readonly #live: LiveState
  /** A creation that waits for D1; who asks for the same one waits with it. */
  #making: Promise<void> | null = null
  /** Null for a call that was never made: nothing is stored for it. */
  #call: StoredCall | null

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#store = new CallStore(ctx.storage)
    this.#sockets = new CallSockets(ctx)
    this.#alarm = new AlarmClock(ctx, () => this.#lookForSockets())
    this.#outbox = new Outbox(
      ctx.storage,
      {
        listing: () => this.#tell(writeListingRow),
        place: () => this.#tell(freePlace),
        webhooks: () => this.#webhooks.deliver(env),
      },
      ['listing', 'place', 'webhooks'],
    )
    this.#iceServers = new CallIceServers(ctx.storage, env)
    this.#granted = new GrantedTokens(ctx.storage)
    this.#timeline = new TimelineStore(ctx.storage)
    this.#webhooks = new WebhookOutbox(ctx.storage)
    this.#visitors = new CallVisitors(
      () => this.#call,
      () => this.env,
    )
    this.#effects = new CallEffects(this.#store, this.#sockets, this.#iceServers, this.#visitors)
    this.#live = new LiveState(ctx, { frame: () => this.#liveFrame(), everyMs: () => null })
    this.#call = this.#store.load()
  }

  /**
   * Makes the call. The same creation again changes nothing, even when the call is over; one that was
   * voided meanwhile, or that comes too late, is refused: nobody ever got that call.
   */
  async create(creation: CallCreation): Promise<Created> {
    if (!this.#call) {
      this.#making ??= this.#make(creation).finally(() => {
        this.#making = null
      })
      await this.#making
    }
    if (!this.#call) return { ok: false, code: 'call_terminated' }
    const { life } = this.#call.state
    const isVoid = life.kind === 'tombstoned' && life.reason === 'void'
    return isVoid ? { ok: false, code: 'call_terminated' } : { ok: true }
  }

  async status(): Promise<{ state: ConnectionState }> {
    if (!this.#call) return { state: 'unknown' }
    this.#step({ type: 'clock' })
    return { state: this.#call.state.life.kind === 'tombstoned' ? 'ended' : 'open' }
  }

  async voidReservation(reservation: Reservation): Promise<{ state: 'open' | 'ended' }> {
    if (!this.#call) {
      const { id, ...rest } = reservation
      const facts = { ...rest, callId: callIdSchema.parse(id) }
      this.#bear({ state: voidedCall(facts, Date.now()), access: NO_ACCESS }, { isListed: false })
      this.ctx.waitUntil(this.#deliverNew())
    }
    const { state } = await this.status()
    return { state: state === 'open' ? 'open' : 'ended' }
  }

  /** Mints one more token, good for `ttlMs` milliseconds. */
  async mint(minter: Minter, ttlMs: number): Promise<MintedToken> {
    const code =
      minter.kind === 'public-key'
        ? await this.#visitors.mintRefusal(minter)
        : this.#call?.state.facts.projectId === minter.projectId
          ? null
          : 'call_not_found'
    if (code) return { ok: false, code }
    if (!this.#call) return { ok: false, code: 'call_not_found' }
    const { token, secretHash } = newCallToken(this.#call.state.facts.callId)
    const answer = this.#step({
      type: 'mint',
      by: minter.kind,
      hash: secretHash,
      expiresAt: Date.now() + ttlMs,
    })
    return answer.ok ? { ok: true, callToken: token } : answer
  }

  /** Mints this token: once, however often it is asked for, and whatever has become of it meanwhile. */
  async mintClaimed(projectId: string, token: ClaimedToken): Promise<ClaimedMint> {
    if (this.#call?.state.facts.projectId !== projectId) return { ok: false, code: 'call_not_found' }
    const { hash, claimedAt, ttlMs } = token
    if (this.#granted.find(hash) !== null) return { ok: true }
    const now = Date.now()
    if (hasLapsed(claimedAt, now)) return { ok: false, code: 'claim_lapsed' }
    const answer = this.#step({ type: 'mint', by: 'secret-key', hash, expiresAt: claimedAt + ttlMs })
    if (answer.ok) this.#granted.put(hash, '', claimedAt, now)
    return answer
  }

  /** The call as it is now, for the backend of its project. */
  async read(projectId: string): Promise<SeenCall> {
    return this.#seen(projectId, { type: 'clock' })
  }

  /** The same with all that happened in it. */
  async look(projectId: string): Promise<LookedAtCall> {
    const seen = await this.read(projectId)
    if (!seen.ok || !this.#call) return { ok: false, code: 'call_not_found' }
    const { createdAt } = this.#call.state.facts
    const { endedReason: reason } = seen.call
    const end = this.#endedAt && reason ? { at: this.#endedAt, reason } : null
    return { ok: true, call: seen.call, ...viewTimeline(createdAt, this.#timeline.read(), end) }
  }

  /** Ends the call: once; one that is over already stays as it is. */
  async end(projectId: string): Promise<SeenCall> {
    return this.#seen(projectId, { type: 'end' })
  }

  /**
   * Opens a peer's WebSocket. A refusal is a plain HTTP answer `{ code }`: the Worker tells the
   * browser, so that refused sockets are none of the object's.
   */
  override async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url)
    // Peers come with the path of the public endpoint.
    if (url.pathname === WATCH_PATH) return this.#watch(url.searchParams.get('projectId'))
    const result = readSignalingQuery(url.searchParams)
    if (!result.ok) return refusal(result.code)
    const visitor = { key: result.query.publicKey, origin: request.headers.get('origin') }
    const refused = await this.#visitors.refusalOf(visitor)
    if (refused) return refusal(refused)
    const { token, secretHash } = newReconnectToken()
    const entry = callEventOf(result.query, newPeerId(), secretHash)
    await this.#renewIceServers(entry)
    const { 0: client, 1: socket } = new WebSocketPair()
    const answer = this.#step(entry, { entry, socket, reconnectToken: token })
    return answer.ok ? new Response(null, { status: 101, webSocket: client }) : refusal(answer.code)
  }

  override webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): void {
    const peer = this.#sockets.peerOf(socket)
    if (!peer) {
      this.#live.refuse(socket)
      return
    }
    const now = Date.now()
    const { peerId, connection } = peer.owner
    const { gate, verdict } = passGate(peer.gate ?? openGate(now), data, now)
    peer.gate = gate
    switch (verdict.kind) {
      // A frame that was on its way when this end closed the socket still arrives; by the rules it is nobody's.
      case 'frame':
        this.#step({ type: 'frame', peerId, connection, frame: verdict.frame }, null, now)
        return
      case 'ping':
        if (isOpen(socket)) socket.send(PONG_FRAME)
        return
      case 'refused': {
        if (!isOpen(socket)) return
        const { code, isBurst } = verdict
        this.#step({ type: 'frame', peerId, connection, frame: null }, null, now)
        const error = { type: 'error', code, message: frameErrorMessages[code] } satisfies ServerFrame
        socket.send(JSON.stringify(error))
        if (!isBurst) return
        socket.close(closeCodeOf('invalid_query'), 'Too many refused frames.')
        this.#socketClosed(socket)
      }
    }
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    this.#socketClosed(socket)
    answerClose(socket, code)
  }

  override webSocketError(socket: WebSocket): void {
    this.#socketClosed(socket)
  }

  override async alarm(): Promise<void> {
    this.#alarm.rang()
    if (!this.#call) return
    this.#lookForSockets()
    this.#live.runDue(Date.now())
    this.#timeline.forgetDue(this.#endedAt, Date.now())
    await this.#outbox.deliverDue(Date.now())
    this.#setAlarm()
  }

  /**
   * The row for the list comes first: the place in the list is given already, and a call that is listed
   * owes D1 nothing, which saves it a table and two writes. One that dies in between is voided like any
   * reservation of which nothing came. When D1 does not answer, the call is made owing the row.
   */
  async #make(creation: CallCreation): Promise<void> {
    if (hasLapsed(creation.createdAt, Date.now())) return
    const { tokens, access, callId, ...facts } = creation
    const state = newCall({ ...facts, callId: callIdSchema.parse(callId) }, tokens)
    const isListed = await listInTime(this.env, state)
    // It was voided meanwhile.
    if (this.#call) return
    this.#bear({ state, access }, { isListed })
    if (!isListed) this.ctx.waitUntil(this.#deliverNew())
  }

  #bear(call: StoredCall, { isListed }: { isListed: boolean }): void {
    this.ctx.storage.transactionSync(() => {
      this.#store.create(call)
      if (!isListed) this.#outbox.put('listing', Date.now())
      // A voided call's place is freed by the Project object itself, which asked for it.
    })
    this.#call = call
    this.#setAlarm()
  }

  /**
   * Before the step, since a step and its effects know no waiting. One that would be refused now asks
   * nobody: the rules are tried without keeping what comes out. They decide again after the wait.
   */
  async #renewIceServers(event: CallEvent): Promise<void> {
    const now = Date.now()
    if (!this.#call || !this.#iceServers.isStale(now)) return
    const { state } = this.#call
    if (stepCall(state, event, now).answer.ok) await this.#iceServers.renew(state.facts.callId)
  }

  /** Runs the call's rules, stores what comes out, then acts on it. */
  #step(event: CallEvent, newcomer: Newcomer | null = null, now = Date.now()) {
    if (!this.#call) return { ok: false, code: 'call_not_found' } as const
    const before = this.#call.state
    const { state, effects, happened, answer } = stepCall(before, event, now)
    if (newcomer && answer.ok && !this.#sockets.hasRoomFor(newcomer.entry, now)) return tooManyEntries
    const isOver = effects.some((effect) => effect.type === 'tombstoned')
    const told = before.facts.hasWebhooks ? callEvents(before, state, now) : []
    const alongside = () => {
      this.#timeline.append(happened)
      if (isOver) this.#putEnd()
      if (told.length === 0) return
      this.#webhooks.put(state.facts.projectId, state.facts.callId, told)
      this.#outbox.put('webhooks', now)
    }
    this.#store.save(before, state, effects, happened.length > 0 || isOver ? alongside : null)
    this.#call.state = state
    if (state.life !== before.life) this.#setAlarm()
    for (const effect of effects) this.#effects.perform(effect, state.facts, newcomer)
    if (isOver || told.length > 0) this.ctx.waitUntil(this.#deliverNew())
    if (state.life !== before.life) this.#live.changed()
    return answer
  }

  #putEnd(): void {
    this.#iceServers.forget()
    this.#outbox.put('listing', Date.now())
    this.#outbox.put('place', Date.now())
  }

  #seen(projectId: string, event: Extract<CallEvent, { type: 'clock' | 'end' }>): SeenCall {
    if (this.#call?.state.facts.projectId !== projectId) return { ok: false, code: 'call_not_found' }
    if (!this.#step(event).ok) return { ok: false, code: 'call_terminated' }
    return { ok: true, call: viewCall(this.#call.state) }
  }

  /** A page watches the call; the Worker has seen to it that it may, if the call is this project's. */
  async #watch(projectId: string | null): Promise<Response> {
    if (this.#call?.state.facts.projectId !== projectId) return refusal('call_not_found')
    const answer = await this.#live.watch()
    this.#setAlarm()
    return answer
  }

  async #liveFrame(): Promise<string | null> {
    const looked = this.#call ? await this.look(this.#call.state.facts.projectId) : null
    if (!looked?.ok) return null
    const { ok: _ok, ...answer } = looked
    return JSON.stringify({ type: 'call', ...answer } satisfies CallLiveFrame)
  }

  /** Sockets may have gone without a word while the object was away. */
  #lookForSockets(): void {
    if (this.#call?.state.life.kind === 'joined')
      this.#step({ type: 'sockets-seen', sockets: this.#sockets.alive(Date.now()), graceMs: this.#graceMs() })
    else this.#step({ type: 'clock' })
  }

  #socketClosed(socket: WebSocket): void {
    const peer = this.#sockets.peerOf(socket)
    if (peer) this.#step({ type: 'socket-closed', ...peer.owner, graceMs: this.#graceMs() })
  }

  #graceMs(): number {
    return configOf(this.env).RADIST_PEER_GRACE_SECONDS * 1000
  }

  async #deliverNew(): Promise<void> {
    await this.#outbox.deliverNew()
    this.#setAlarm()
  }

  async #tell(tell: (env: Env, state: CallState) => Promise<void>): Promise<void> {
    if (this.#call) await tell(this.env, this.#call.state)
  }

  #setAlarm(): void {
    if (!this.#call) return
    const { state } = this.#call
    this.#alarm.setToEarliest([
      nextDueAt(state),
      nextAuditAt(state, Date.now()),
      this.#outbox.nextDueAt(),
      this.#timeline.forgottenAt(this.#endedAt),
      this.#live.nextDueAt(),
    ])
  }

  get #endedAt(): number | null {
    const life = this.#call?.state.life
    return life?.kind === 'tombstoned' ? life.at : null
  }
}

const tooManyEntries = { ok: false, code: 'too_many_requests' } as const

const refusal = (code: ApiErrorCode): Response => Response.json({ code }, { status: apiErrors[code].status })
