/**
 * The call's pure rules as a thing that generated histories happen to. It does what the Call object
 * does around them, and no more: keeps frames as rows, numbers sockets, and forgets everything else
 * when it is evicted.
 */
import {
  callIdSchema,
  closeCodeOf,
  OVERTAKEN_CLOSE_CODE,
  type PeerId,
  peerIdSchema,
  type ServerFrame,
  serverFrameSchema,
} from '@radist-tech/protocol'
import { type CallEvent, newCall, stepCall } from '../domain/call.ts'
import { nextDueAt } from '../domain/call-due.ts'
import { attendanceOf, type CallState, callFactsSchema, lifeSchema, peersOf } from '../domain/call-state.ts'
import type { CallEffect, HangUpReason } from '../domain/call-turn.ts'
import { bufferOf, type FrameBuffer, MOST, slotOf, slotsOf } from '../domain/frame-buffer.ts'
import { readFrame } from '../domain/peer-frame.ts'
import { callEvents, type ToldEvent } from '../domain/webhook-events.ts'
import {
  type Arrival,
  type CallAnswer,
  type CallCommand,
  type Outcome,
  PeerNumbers,
  type Told,
} from './call-commands.ts'
import { GRACE_MS } from './call-oracle.ts'

const closeCodes: Record<HangUpReason, number> = {
  bye: 1000,
  overtaken: OVERTAKEN_CLOSE_CODE,
  ended: closeCodeOf('call_terminated'),
}

interface Socket {
  peerId: PeerId
  connection: number
  isOpen: boolean
  isDead: boolean
}

export class PureCall {
  #state: CallState
  #now: number
  #serial = 0
  #tokens = 2
  readonly #peers = new PeerNumbers()
  /** The hashes of the reconnect tokens that each peer was given, by its number. */
  readonly #reconnectHashes: string[][] = []
  readonly #sockets: Socket[] = []
  /** What is in storage, by slot. */
  readonly #rows = new Map<number, { seq: number; text: string }>()
  readonly timeline: Told[] = []
  #arrived = new Map<number, Arrival[]>()
  /** All that its project's webhooks were told of it. */
  readonly told: ToldEvent[] = []

  constructor(accessControl: 'public' | 'private', ttlMs: number, now: number) {
    this.#now = now
    const callId = callIdSchema.parse('0197a000-0000-4000-8000-0000000000aa')
    const facts = {
      callId,
      projectId: 'project',
      sequence: 1,
      accessControl,
      createdAt: now,
      hasWebhooks: true,
    }
    const expiresAt = now + ttlMs
    this.#state = newCall(facts, [
      { hash: 'token-0', expiresAt },
      { hash: 'token-1', expiresAt },
    ])
  }

  perform(command: CallCommand): Outcome {
    this.#arrived = new Map()
    return { answers: this.#act(command), arrived: this.#arrived }
  }

  /** What the state says of itself. */
  look() {
    const { life } = this.#state
    return {
      over: life.kind === 'tombstoned' ? { at: life.at, reason: life.reason } : null,
      places: peersOf(life).map(({ peerId, presence }) => ({
        peer: this.#peers.numberOf(peerId),
        connected: presence.kind === 'connected',
      })),
      waitingTokens:
        life.kind === 'tombstoned'
          ? 0
          : life.tokens.filter(({ state, expiresAt }) => state === 'pending' && expiresAt > this.#now).length,
      dueAt: nextDueAt(this.#state),
      ...attendanceOf(life),
    }
  }

  /** What is kept, held against its bound. Throws when it is exceeded, or kept for somebody who is gone. */
  checkStorage(): void {
    const present = peersOf(this.#state.life).map(({ polite }) => polite)
    for (const polite of [true, false]) {
      const rows = this.#rowsOf(polite)
      if (rows.length > 0 && !present.includes(polite))
        throw new Error('frames are held for a peer that is gone')
      if (rows.length > MOST.frames) throw new Error('too many frames are held')
      const size = rows.reduce((sum, { text }) => sum + text.length, 0)
      if (size > MOST.size) throw new Error('too much is held')
    }
  }

  #act(command: CallCommand): CallAnswer[] {
    switch (command.do) {
      case 'mint':
        return Array.from({ length: command.times }, () => this.#mint(command.by, command.ttlMs))
      case 'join':
        return Array.from({ length: command.sockets }, () => this.#join(command.token))
      case 'reconnect': {
        const tokenHash = this.#reconnectHashes[command.peer]?.[command.token ?? -1] ?? 'forged'
        const peerId = peerIdSchema.parse(this.#peers.idOf(command.peer))
        const nextHash = `reconnect-${++this.#serial}`
        const { lastSeq } = command
        const answer = this.#step({ type: 'reconnect', peerId, tokenHash, nextHash, lastSeq })
        if (answer === 'ok') this.#reconnectHashes[command.peer]?.push(nextHash)
        return [answer]
      }
      case 'send': {
        const { peerId, connection } = this.#socket(command.socket)
        for (const frame of command.frames) {
          const read = frame && readFrame(JSON.stringify(frame))
          this.#step({ type: 'frame', peerId, connection, frame: read?.kind === 'frame' ? read.frame : null })
          if (frame === null) this.#put(command.socket, { type: 'error', code: 'malformed', message: '' })
        }
        return []
      }
      case 'close': {
        const socket = this.#socket(command.socket)
        socket.isOpen = false
        const { peerId, connection } = socket
        this.#step({ type: 'socket-closed', peerId, connection, graceMs: GRACE_MS })
        return []
      }
      case 'die':
        this.#socket(command.socket).isDead = true
        return []
      case 'evict':
        this.#evict(command.sockets)
        return []
      case 'wait':
        this.#now += command.ms
        if (command.wakes) this.#step({ type: 'clock' })
        return []
      case 'end':
        return [this.#step({ type: 'end' })]
    }
  }

  #mint(by: 'secret-key' | 'public-key', ttlMs: number): CallAnswer {
    const hash = `token-${this.#tokens}`
    const answer = this.#step({ type: 'mint', by, hash, expiresAt: this.#now + ttlMs })
    if (answer === 'ok') this.#tokens += 1
    return answer
  }

  #join(token: number): CallAnswer {
    const peerId = peerIdSchema.parse(`peer_${String(++this.#serial).padStart(22, '0')}`)
    const reconnectHash = `reconnect-${++this.#serial}`
    const answer = this.#step({ type: 'join', tokenHash: `token-${token}`, peerId, reconnectHash })
    if (answer === 'ok') this.#reconnectHashes[this.#peers.numberOf(peerId)] = [reconnectHash]
    return answer
  }

  #evict(sockets: 'hibernate' | 'close'): void {
    if (sockets === 'close') for (const socket of this.#sockets) socket.isDead = true
    const { facts, life } = this.#state
    this.#state = {
      facts: callFactsSchema.parse(JSON.parse(JSON.stringify(facts))),
      life: lifeSchema.parse(JSON.parse(JSON.stringify(life))),
      buffers: { polite: this.#bufferOf(true), impolite: this.#bufferOf(false) },
    }
    const alive = this.#sockets.filter(({ isOpen, isDead }) => isOpen && !isDead)
    this.#step({ type: 'sockets-seen', sockets: alive, graceMs: GRACE_MS })
  }

  #step(event: CallEvent): CallAnswer {
    const { state, effects, happened, answer } = stepCall(this.#state, event, this.#now)
    this.told.push(...callEvents(this.#state, state, this.#now))
    this.#state = state
    for (const { at, kind, subject, reason } of happened) {
      const peer = subject === null ? null : this.#peers.numberOf(subject)
      this.timeline.push({ at, kind, peer, reason })
    }
    for (const effect of effects) this.#perform(effect)
    return answer.ok ? 'ok' : answer.code
  }

  #perform(effect: CallEffect): void {
    switch (effect.type) {
      case 'greet': {
        const { peerId, connection, polite, peers, resend } = effect
        const { callId, accessControl, createdAt } = this.#state.facts
        const call = { callId, accessControl, createdAt: new Date(createdAt).toISOString(), peers }
        const socket = this.#sockets.push({ peerId, connection, isOpen: true, isDead: false }) - 1
        this.#put(socket, { type: 'connected', peerId, polite, reconnectToken: '', iceServers: [], call })
        for (const seq of resend) this.#put(socket, this.#frame(slotOf(polite, seq)))
        return
      }
      case 'post': {
        const { to, slot, seq, text, send } = effect
        if (this.#rows.get(slot)?.seq === seq) throw new Error('a number was given twice')
        this.#rows.set(slot, { seq, text })
        if (send) this.#send(to, this.#frame(slot))
        return
      }
      case 'drop-frames':
        this.#forget(effect.polite, effect.upTo)
        return
      case 'forget-frames':
        this.#forget(effect.polite, Number.POSITIVE_INFINITY)
        return
      case 'refuse-frame':
        this.#send(effect.peerId, { type: 'error', code: effect.code, message: '' })
        return
      case 'hang-up':
        for (const [number, { peerId, connection }] of this.#sockets.entries()) {
          if (peerId === effect.peerId && connection === effect.connection)
            this.#close(number, closeCodes[effect.why])
        }
        return
      case 'tombstoned':
        for (const peerId of effect.tell) this.#send(peerId, { type: 'call-ended', reason: effect.reason })
    }
  }

  /** What is stored for the peer of this role, the oldest first. */
  #rowsOf(polite: boolean): { slot: number; seq: number; text: string }[] {
    const { first, last } = slotsOf(polite)
    return [...this.#rows]
      .map(([slot, row]) => ({ slot, ...row }))
      .filter(({ slot }) => slot >= first && slot <= last)
      .sort((a, b) => a.seq - b.seq)
  }

  #bufferOf(polite: boolean): FrameBuffer {
    const rows = this.#rowsOf(polite)
    return bufferOf(
      rows.at(-1)?.seq ?? 0,
      rows.map(({ text }) => text.length),
    )
  }

  #forget(polite: boolean, upTo: number): void {
    for (const { slot, seq } of this.#rowsOf(polite)) if (seq <= upTo) this.#rows.delete(slot)
  }

  #frame(slot: number): ServerFrame {
    const row = this.#rows.get(slot)
    if (!row) throw new Error('a frame that is not in storage')
    return serverFrameSchema.parse(JSON.parse(row.text))
  }

  /** To the peer's newest socket. */
  #send(peerId: PeerId, frame: ServerFrame): void {
    const newest = this.#sockets.findLastIndex((socket) => socket.peerId === peerId)
    this.#put(newest, frame)
  }

  #put(number: number, frame: ServerFrame): void {
    this.#arrive(number, () => this.#peers.read(frame))
  }

  #close(number: number, code: number): void {
    this.#arrive(number, () => ({ type: 'closed', code }))
    this.#socket(number).isOpen = false
  }

  #arrive(number: number, arrival: () => Arrival): void {
    const { isOpen, isDead } = this.#socket(number)
    if (!isOpen || isDead) return
    this.#arrived.set(number, [...(this.#arrived.get(number) ?? []), arrival()])
  }

  #socket(number: number): Socket {
    const socket = this.#sockets[number]
    if (!socket) throw new Error(`there is no socket ${number}`)
    return socket
  }
}
