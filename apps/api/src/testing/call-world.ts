/**
 * A call and everybody around it, for generated histories: tokens handed out, sockets, clients and
 * what has arrived at them. After each action the machine's state is held against what the outside
 * has seen. Knows the rules of `docs/calls.md`, and none of the machine's code.
 */
import { callIdSchema, type PeerId, peerIdSchema } from '@radist-tech/protocol'
import { type CallEvent, newCall, stepCall } from '../domain/call.ts'
import type { CallState, Peer } from '../domain/call-state.ts'
import type { CallEffect } from '../domain/call-turn.ts'
import { check, checkEnd, checkState, isConnected, peersOf } from './call-rules.ts'

export type CallAction =
  | { do: 'mint'; by: 'secret-key' | 'public-key'; ttl: number }
  | { do: 'join'; token: number }
  | { do: 'reconnect'; peer: number; token: number; says: 'nothing' | 'truth' }
  | { do: 'frame'; peer: number; socket: number; frame: 'offer' | 'candidate' | 'unreadable' | 'bye' }
  | { do: 'close'; peer: number; socket: number }
  /** The socket dies, and nobody is told. */
  | { do: 'die'; peer: number }
  /** The object comes back from an eviction and sees which sockets are left. */
  | { do: 'look' }
  | { do: 'wait'; ms: number }
  | { do: 'end' }

const GRACE_MS = 30_000
const TTL_MS = 120_000

/** What a client knows, and what the wire to it did. */
interface Client {
  peerId: PeerId
  /** Sockets it has opened; the last is the newest. `alive` is false once it died or was closed. */
  sockets: { connection: number; alive: boolean }[]
  /** Reconnect tokens that it was ever given, the newest first. */
  tokens: string[]
  /** Those that the rules take now. */
  good: Set<string>
  /** Numbers of frames that it has taken, in their order. */
  taken: number[]
  /** Numbers that were ever put on a wire to it. */
  sent: Set<number>
  posted: number
  /** Numbers that died with a socket and were not asked for, since it came back without lastSeq. */
  forgone: Set<number>
}

export class CallWorld {
  #state: CallState
  #now = 1_000_000
  #serial = 0
  readonly #tokens: { hash: string; expiresAt: number; isUsed: boolean }[] = []
  readonly #clients: Client[] = []
  /** What the object's storage holds: numbers of frames, by peer. */
  readonly #rows = new Map<PeerId, number[]>()

  constructor(accessControl: 'public' | 'private' = 'public') {
    for (let i = 0; i < 2; i++) this.#newToken(TTL_MS)
    const facts = {
      callId: callIdSchema.parse('0197a000-0000-4000-8000-0000000000aa'),
      projectId: 'project',
      sequence: 1,
      accessControl,
      createdAt: this.#now,
    }
    this.#state = newCall(
      facts,
      this.#tokens.map(({ hash, expiresAt }) => ({ hash, expiresAt })),
    )
  }

  get state(): CallState {
    return this.#state
  }

  act(action: CallAction): void {
    switch (action.do) {
      case 'mint':
        this.#mint(action.by, action.ttl)
        return
      case 'join':
        this.#join(this.#tokens[action.token % this.#tokens.length])
        return
      case 'reconnect':
        this.#with(action.peer, (client) => this.#reconnect(client, action.token, action.says))
        return
      case 'frame':
        this.#with(action.peer, (client) => this.#frame(client, action.socket, action.frame))
        return
      case 'close':
        this.#with(action.peer, (client) => {
          const socket = client.sockets.at(-1 - action.socket)
          if (!socket) return
          socket.alive = false
          const { connection } = socket
          this.#step({ type: 'socket-closed', peerId: client.peerId, connection, graceMs: GRACE_MS })
        })
        return
      case 'die':
        this.#with(action.peer, (client) => {
          for (const socket of client.sockets) socket.alive = false
        })
        return
      case 'look': {
        const sockets = this.#clients.flatMap(({ peerId, sockets }) =>
          sockets.filter((socket) => socket.alive).map(({ connection }) => ({ peerId, connection })),
        )
        this.#step({ type: 'sockets-seen', sockets, graceMs: GRACE_MS })
        for (const peer of peersOf(this.#state))
          check(
            !isConnected(peer) || sockets.some((s) => s.peerId === peer.peerId),
            'a dead socket is connected',
          )
        return
      }
      case 'wait':
        this.#now += action.ms
        this.#step({ type: 'clock' })
        return
      case 'end':
        this.#step({ type: 'end' })
        check(this.#state.life.kind === 'tombstoned', 'an ended call is over')
    }
  }

  #with(index: number, act: (client: Client) => void): void {
    const client = this.#clients[index % Math.max(1, this.#clients.length)]
    if (client) act(client)
  }

  #newToken(ttl: number) {
    const token = { hash: `token-${++this.#serial}`, expiresAt: this.#now + ttl, isUsed: false }
    this.#tokens.push(token)
    return token
  }

  #mint(by: 'secret-key' | 'public-key', ttl: number): void {
    const before = this.#live()
    const { hash, expiresAt } = { hash: `token-${++this.#serial}`, expiresAt: this.#now + ttl }
    const { answer } = this.#step({ type: 'mint', by, hash, expiresAt })
    const isFull = before.filter(isConnected).length === 2
    if (by === 'public-key' && this.#state.facts.accessControl === 'private')
      check(!answer.ok && answer.code === 'call_is_private', 'private calls mint for the backend only')
    else if (this.#state.life.kind === 'tombstoned')
      check(!answer.ok && answer.code === 'call_terminated', 'no token after the end')
    else if (isFull)
      check(!answer.ok && answer.code === 'all_peers_connected', 'no token while both are there')
    else check(answer.ok || answer.code === 'too_many_requests', 'anyone else gets a token')
    if (answer.ok) this.#tokens.push({ hash, expiresAt, isUsed: false })
  }

  #join(token: { hash: string; expiresAt: number; isUsed: boolean } | undefined): void {
    if (!token) return
    const places = this.#live().length
    const peerId = peerIdSchema.parse(`peer_${String(++this.#serial).padStart(22, '0')}`)
    const reconnect = `rt-${++this.#serial}`
    const { answer, effects } = this.#step({
      type: 'join',
      tokenHash: token.hash,
      peerId,
      reconnectHash: reconnect,
    })
    const greetings = effects.filter((effect) => effect.type === 'greet')
    check(greetings.length === (answer.ok ? 1 : 0), 'who is let in is greeted, and nobody else')
    if (!answer.ok) {
      if (token.isUsed) check(answer.code !== 'expired_call_token', 'a used token is used')
      return
    }
    check(!token.isUsed, 'a token admits once')
    check(token.expiresAt > this.#now, 'an expired token admits nobody')
    check(places < 2, 'a third is not let in')
    token.isUsed = true
    const sockets = [{ connection: 1, alive: true }]
    const tokens = [reconnect]
    this.#clients.push({
      peerId,
      sockets,
      tokens,
      good: new Set(tokens),
      taken: [],
      sent: new Set(),
      posted: 0,
      forgone: new Set(),
    })
  }

  #reconnect(client: Client, choice: number, says: 'nothing' | 'truth'): void {
    const token = client.tokens[choice % client.tokens.length] ?? 'none'
    const isThere = this.#live().some((peer) => peer.peerId === client.peerId)
    const nextHash = `rt-${++this.#serial}`
    const lastSeq = says === 'truth' ? (client.taken.at(-1) ?? 0) : null
    const sentBefore = new Set(client.sent)
    const step = this.#step({ type: 'reconnect', peerId: client.peerId, tokenHash: token, nextHash, lastSeq })
    const { answer, effects } = step
    if (!answer.ok) {
      check(!isThere || !client.good.has(token), 'a good reconnect token lets its peer in')
      return
    }
    check(isThere && client.good.has(token), 'a reconnect token that is overtaken lets nobody in')
    const greeting = effects.find((effect) => effect.type === 'greet')
    if (greeting?.type !== 'greet') throw new Error('who comes back is greeted')
    for (const socket of client.sockets) socket.alive = false
    client.sockets.push({ connection: greeting.connection, alive: true })
    client.tokens.unshift(nextHash)
    client.good = new Set([token, nextHash])
    for (const seq of greeting.resend) {
      check(lastSeq !== null || !sentBefore.has(seq), 'without lastSeq nothing is sent twice')
      this.#arrive(client, seq)
    }
    for (let seq = 1; seq <= client.posted; seq++) {
      if (lastSeq === null) check(client.sent.has(seq), 'what was never sent is sent')
      else check(client.taken.includes(seq) || client.forgone.has(seq), 'with lastSeq nothing is lost')
      if (!client.taken.includes(seq)) client.forgone.add(seq)
    }
  }

  #frame(client: Client, older: number, kind: 'offer' | 'candidate' | 'unreadable' | 'bye'): void {
    const socket = client.sockets.at(-1 - older)
    if (!socket?.alive) return
    const isNewest = older === 0
    const wasThere = this.#live().some((peer) => peer.peerId === client.peerId && isConnected(peer))
    const frame =
      kind === 'unreadable'
        ? null
        : kind === 'bye'
          ? ({ type: 'bye' } as const)
          : kind === 'offer'
            ? ({ type: 'offer', sdp: 'v=0' } as const)
            : ({ type: 'candidate', candidate: null } as const)
    const { connection } = socket
    this.#step({ type: 'frame', peerId: client.peerId, connection, frame })
    if (!isNewest || !wasThere) return
    client.good = new Set(client.tokens.slice(0, 1))
    if (kind === 'bye') {
      check(!peersOf(this.#state).some((peer) => peer.peerId === client.peerId), 'bye frees the place')
      socket.alive = false
    }
  }

  /** Who has a place once what was due has happened. */
  #live(): readonly Peer[] {
    return peersOf(stepCall(this.#state, { type: 'clock' }, this.#now).state)
  }

  #step(event: CallEvent) {
    const before = this.#state
    const step = stepCall(before, event, this.#now)
    this.#state = step.state
    for (const effect of step.effects) this.#see(effect)
    checkEnd(before, step.state, event, this.#now)
    if (before.life.kind === 'waiting' && step.state.life.kind === 'tombstoned' && event.type !== 'end')
      check(
        this.#tokens.every((token) => token.expiresAt <= this.#now),
        'a call lives as long as a token',
      )
    checkState(step.state, this.#rows, this.#now)
    return step
  }

  #see(effect: CallEffect): void {
    switch (effect.type) {
      case 'post': {
        const client = this.#clients.find(({ peerId }) => peerId === effect.to)
        if (!client) throw new Error('a frame for a stranger')
        check(effect.seq === client.posted + 1, 'numbers rise by one')
        client.posted = effect.seq
        this.#rows.set(effect.to, [...(this.#rows.get(effect.to) ?? []), effect.seq])
        if (effect.send) this.#arrive(client, effect.seq)
        return
      }
      case 'drop-frames': {
        const rows = this.#rows.get(effect.peerId) ?? []
        this.#rows.set(
          effect.peerId,
          rows.filter((seq) => seq > effect.upTo),
        )
        return
      }
      case 'forget-peer':
        this.#rows.delete(effect.peerId)
        return
      case 'hang-up':
        for (const { peerId, sockets } of this.#clients)
          for (const socket of sockets)
            if (peerId === effect.peerId && socket.connection === effect.connection) socket.alive = false
        return
      case 'greet':
      case 'refuse-frame':
      case 'tombstoned':
        return
    }
  }

  /** A frame goes out to the client, and arrives unless its socket is dead. */
  #arrive(client: Client, seq: number): void {
    client.sent.add(seq)
    if (!client.sockets.at(-1)?.alive || client.taken.includes(seq)) return
    check(seq > (client.taken.at(-1) ?? 0), 'frames arrive in order')
    client.taken.push(seq)
  }
}
