/**
 * The rules of `docs/calls.md` told a second time, as plainly as possible and for one call only: who is
 * there, what each was ever sent, and what each command is therefore answered. It knows none of the
 * machine's code, keeps everything for ever, and says in advance what has to be seen outside.
 */
import type { Arrival, CallAnswer, CallCommand, Expectation, SentFrame, Told } from './call-commands.ts'

export const GRACE_MS = 30_000
const WAITING_TOKENS = 64
const KEPT = { frames: 128, size: 512 * 1024 }
/** As long as a peer's id. */
const ID = 'x'.repeat(27)

interface Token {
  expiresAt: number
  state: 'waiting' | 'cleared' | 'used'
}

interface Peer {
  number: number
  polite: boolean
  /** Null while it is connected. */
  away: { until: number; unsentFrom: number } | null
  /** Its newest socket. */
  socket: number
  tokensGiven: number
  /** Which of those are good. */
  good: number[]
  /** All that was ever numbered for it. */
  log: { arrival: Arrival; size: number }[]
  /** The newest number that it has said to have. */
  acknowledged: number
  /** The newest number that has arrived at it. */
  arrived: number
}

interface Socket {
  peer: number
  /** Whether the client's end is open. */
  isOpen: boolean
  /** Whether it went without a word: what is sent to it is lost. */
  isDead: boolean
}

export class CallOracle {
  now: number
  /** How often each thing happened, so that a test can see that its histories get anywhere. */
  readonly tally = new Map<string, number>()
  readonly #isPrivate: boolean
  readonly #tokens: Token[] = []
  /** Tokens the call has not forgotten; the worthless ones first. */
  #known: Token[] = []
  #peers: Peer[] = []
  readonly #everyone: Peer[] = []
  readonly #sockets: Socket[] = []
  #over: { at: number; reason: string } | null = null
  /** All that happened, in its order. */
  readonly timeline: Told[] = []
  #arrived = new Map<number, Arrival[]>()

  constructor(accessControl: 'public' | 'private', ttlMs: number, now: number) {
    this.#isPrivate = accessControl === 'private'
    this.now = now
    for (let i = 0; i < 2; i++) this.#give(ttlMs)
  }

  get tokens(): number {
    return this.#tokens.length
  }
  get everyone(): readonly Readonly<Peer>[] {
    return this.#everyone
  }
  /** The sockets that this peer ever had, the newest last. */
  socketsOf(peer: number): { number: number; isOpen: boolean; isDead: boolean }[] {
    return this.#sockets.flatMap((socket, number) => (socket.peer === peer ? [{ ...socket, number }] : []))
  }
  get over(): { at: number; reason: string } | null {
    return this.#over
  }
  get places(): { peer: number; connected: boolean }[] {
    return this.#peers.map(({ number, away }) => ({ peer: number, connected: away === null }))
  }
  /** Whether both were ever connected at once. */
  get hasConnected(): boolean {
    return this.timeline.some(({ kind }) => kind === 'connected')
  }
  /** Tokens that still admit somebody. */
  get waitingTokens(): number {
    return this.#over ? 0 : this.#known.filter((token) => this.#waits(token)).length
  }

  /** When time alone changes something. */
  get dueAt(): number | null {
    if (this.#over) return null
    const ends = this.#peers.flatMap(({ away }) => (away ? [away.until] : []))
    if (this.#everyone.length === 0) return Math.max(...this.#tokens.map((token) => token.expiresAt))
    return ends.length === 0 ? null : Math.min(...ends)
  }

  expect(command: CallCommand): Expectation {
    this.#arrived = new Map()
    if (command.do === 'wait') this.now += command.ms
    this.#loseSockets(command)
    if (command.do !== 'die' && !(command.do === 'wait' && !command.wakes)) this.#elapse()
    const { answers, maybeAgain = null } = this.#act(command)
    if (this.#bothConnected()) {
      for (const token of this.#known) token.state = 'cleared'
      if (!this.hasConnected) this.#tell('connected', null)
    }
    for (const answer of answers) this.#count(`${command.do} ${answer}`)
    return { answers, arrived: this.#arrived, maybeAgain }
  }

  #act(command: CallCommand): { answers: CallAnswer[]; maybeAgain?: Expectation['maybeAgain'] } {
    switch (command.do) {
      case 'mint':
        return { answers: Array.from({ length: command.times }, () => this.#mint(command)) }
      case 'join': {
        const answers = Array.from({ length: command.sockets }, () => this.#join(command.token))
        return { answers }
      }
      case 'reconnect':
        return this.#reconnect(command)
      case 'send':
        for (const frame of command.frames) this.#take(command.socket, frame)
        return { answers: [] }
      case 'close': {
        const peer = this.#connectedBy(command.socket)
        if (peer) this.#drop(peer)
        return { answers: [] }
      }
      case 'evict':
        for (const peer of [...this.#peers]) {
          if (!peer.away && this.#socket(peer.socket).isDead) this.#drop(peer)
        }
        return { answers: [] }
      case 'die':
      case 'wait':
        return { answers: [] }
      case 'end':
        if (this.#over) return { answers: ['call_terminated'] }
        this.#finish('ended-by-backend', this.now)
        return { answers: ['ok'] }
    }
  }

  /** Sockets go before the call hears of anything: what becomes due then does not arrive over them. */
  #loseSockets(command: CallCommand): void {
    if (command.do === 'close') this.#socket(command.socket).isOpen = false
    if (command.do === 'die') this.#socket(command.socket).isDead = true
    if (command.do === 'evict' && command.sockets === 'close')
      for (const socket of this.#sockets) socket.isDead = true
  }

  /** What was due happens in its order, each at its own time. */
  #elapse(): void {
    for (let due = this.dueAt; due !== null && due <= this.now; due = this.dueAt) {
      const at = due
      if (this.#everyone.length === 0) this.#finish('tokens-expired', at)
      for (const peer of this.#peers.filter(({ away }) => away?.until === at)) {
        this.#count('timeout')
        this.#leave(peer, 'timeout', at)
      }
    }
  }

  #mint({ by, ttlMs }: { by: 'secret-key' | 'public-key'; ttlMs: number }): CallAnswer {
    if (by === 'public-key' && this.#isPrivate) return 'call_is_private'
    if (this.#over) return 'call_terminated'
    if (this.#bothConnected()) return 'all_peers_connected'
    if (this.waitingTokens >= WAITING_TOKENS) return 'too_many_requests'
    const worthless = this.#known.filter((token) => !this.#waits(token)).slice(-64)
    this.#known = [...worthless, ...this.#known.filter((token) => this.#waits(token))]
    this.#give(ttlMs)
    return 'ok'
  }

  #join(number: number): CallAnswer {
    if (this.#over) return 'call_terminated'
    const token = this.#tokens[number]
    if (!token || !this.#known.includes(token)) return 'invalid_call_token'
    if (token.expiresAt <= this.now) return 'expired_call_token'
    if (token.state === 'cleared') return this.#bothConnected() ? 'all_peers_connected' : 'invalid_call_token'
    const [other, third] = this.#peers
    if (third) return 'all_peers_connected'
    token.state = 'used'
    this.#known = this.#known.filter((each) => each !== token)
    const peer: Peer = {
      number: this.#everyone.length,
      polite: other ? !other.polite : false,
      away: null,
      socket: this.#sockets.length,
      tokensGiven: 1,
      good: [0],
      log: [],
      acknowledged: 0,
      arrived: 0,
    }
    this.#everyone.push(peer)
    this.#peers.push(peer)
    this.#tell('joined', peer)
    this.#greet(peer)
    this.#tellOthers(peer, (seq) => ({ type: 'peer-joined', peer: peer.number, seq }))
    return 'ok'
  }

  #reconnect({ peer: number, token, lastSeq }: Extract<CallCommand, { do: 'reconnect' }>) {
    if (this.#over) return { answers: ['call_terminated' as const] }
    const peer = this.#peers.find((each) => each.number === number)
    if (!peer || token === null || !peer.good.includes(token))
      return { answers: ['invalid_reconnect_token' as const] }
    const { away, log } = peer
    if (!away) {
      this.#count('overtaken')
      this.#close(peer.socket, 4001)
    }
    peer.good = [token, peer.tokensGiven]
    peer.tokensGiven += 1
    peer.socket = this.#sockets.length
    peer.away = null
    this.#greet(peer)
    const after = lastSeq ?? (away ? away.unsentFrom - 1 : log.length)
    const certain = Math.min(this.#certainFrom(log), away?.unsentFrom ?? Infinity)
    const due = log.slice(Math.max(after, peer.acknowledged, certain - 1))
    if (due.length > 0) this.#count(lastSeq === null ? 'held' : 'again')
    for (const { arrival } of due) this.#arrive(peer, arrival)
    const older = log.slice(after, log.length - due.length).map(({ arrival }) => arrival)
    if (lastSeq !== null) peer.acknowledged = Math.max(peer.acknowledged, Math.min(lastSeq, log.length))
    if (away) {
      this.#tell('resumed', peer)
      this.#tellOthers(peer, (seq) => ({ type: 'peer-reconnected', peer: number, seq }))
    }
    return { answers: ['ok' as const], maybeAgain: { socket: peer.socket, frames: older } }
  }

  #take(number: number, frame: SentFrame): void {
    const peer = this.#connectedBy(number)
    if (peer) peer.good = [peer.tokensGiven - 1]
    if (frame === null) this.#put(number, { type: 'error', code: 'malformed' })
    if (!peer || frame === null) return
    if (frame.type === 'bye') {
      this.#close(number, 1000)
      this.#leave(peer, 'bye', this.now)
      return
    }
    const other = this.#peers.find((each) => each !== peer)
    if (!other) this.#put(number, { type: 'error', code: 'no-peer' })
    else if (other.away && this.#isFull(other, other.away.unsentFrom, frame)) {
      this.#count('too many')
      this.#put(number, { type: 'error', code: 'too-many-frames' })
    } else this.#post(other, (seq) => ({ ...frame, from: peer.number, seq }))
  }

  /** Whether what waits for a peer that is away is as much as is certainly kept. */
  #isFull({ log }: Peer, unsentFrom: number, frame: SentFrame): boolean {
    const held = log.slice(unsentFrom - 1)
    const size = held.reduce((sum, each) => sum + each.size, 0)
    const length = JSON.stringify({ ...frame, from: ID }).length
    return held.length >= KEPT.frames || size + length > KEPT.size
  }

  /** From which number on everything is certainly kept. */
  #certainFrom(log: Peer['log']): number {
    let size = 0
    for (let seq = log.length; seq > Math.max(0, log.length - KEPT.frames); seq--) {
      size += log[seq - 1]?.size ?? 0
      if (size > KEPT.size) return seq + 1
    }
    return Math.max(1, log.length - KEPT.frames + 1)
  }

  #drop(peer: Peer): void {
    peer.away = { until: this.now + GRACE_MS, unsentFrom: peer.log.length + 1 }
    this.#tell('dropped', peer)
    this.#tellOthers(peer, (seq) => ({ type: 'peer-disconnected', peer: peer.number, seq }))
  }

  #leave(peer: Peer, reason: 'bye' | 'timeout', at: number): void {
    this.#peers = this.#peers.filter((each) => each !== peer)
    this.#tell('left', peer, reason, at)
    if (this.#peers.length === 0) this.#finish('all-peers-left', at)
    else this.#tellOthers(peer, (seq) => ({ type: 'peer-left', peer: peer.number, reason, seq }))
  }

  #finish(reason: 'tokens-expired' | 'all-peers-left' | 'ended-by-backend', at: number): void {
    this.#over = { at, reason }
    this.#count(`over ${reason}`)
    for (const peer of this.#peers) this.#tell('left', peer, reason, at)
    for (const { away, socket } of this.#peers) {
      if (away) continue
      this.#put(socket, { type: 'call-ended', reason })
      this.#close(socket, 4410)
    }
    this.#peers = []
  }

  #tell(kind: string, peer: Peer | null, reason: string | null = null, at = this.now): void {
    this.timeline.push({ at, kind, peer: peer?.number ?? null, reason })
  }

  #give(ttlMs: number): void {
    const token: Token = { expiresAt: this.now + ttlMs, state: 'waiting' }
    this.#tokens.push(token)
    this.#known.push(token)
  }

  #waits({ state, expiresAt }: Token): boolean {
    return state === 'waiting' && expiresAt > this.now
  }

  #bothConnected(): boolean {
    return this.#peers.length === 2 && this.#peers.every(({ away }) => away === null)
  }

  #connectedBy(socket: number): Peer | undefined {
    return this.#peers.find((peer) => peer.socket === socket && peer.away === null)
  }

  #greet(peer: Peer): void {
    this.#sockets.push({ peer: peer.number, isOpen: true, isDead: false })
    const { number, polite } = peer
    this.#put(peer.socket, { type: 'connected', peer: number, polite, peers: this.places })
  }

  #tellOthers(about: Peer, arrival: (seq: number) => Arrival): void {
    for (const peer of this.#peers) if (peer !== about) this.#post(peer, arrival)
  }

  #post(peer: Peer, numbered: (seq: number) => Arrival): void {
    const arrival = numbered(peer.log.length + 1)
    peer.log.push({ arrival, size: sizeOf(arrival) })
    if (!peer.away) this.#arrive(peer, arrival)
  }

  #arrive(peer: Peer, arrival: Arrival): void {
    if (this.#put(peer.socket, arrival) && 'seq' in arrival)
      peer.arrived = Math.max(peer.arrived, arrival.seq)
  }

  #put(number: number, arrival: Arrival): boolean {
    const { isOpen, isDead } = this.#socket(number)
    if (!isOpen || isDead) return false
    this.#arrived.set(number, [...(this.#arrived.get(number) ?? []), arrival])
    return true
  }

  #close(number: number, code: number): void {
    this.#put(number, { type: 'closed', code })
    this.#socket(number).isOpen = false
  }

  #socket(number: number): Socket {
    const socket = this.#sockets[number]
    if (!socket) throw new Error(`there is no socket ${number}`)
    return socket
  }

  #count(what: string): void {
    this.tally.set(what, (this.tally.get(what) ?? 0) + 1)
  }
}

/** As it is stored: with ids for numbers. */
function sizeOf(arrival: Arrival): number {
  const { peer: _, from: __, sdp = '', ...rest } = { peer: 0, from: 0, sdp: '', ...arrival }
  const ids = 'from' in arrival ? { from: ID } : { peerId: ID }
  const text = 'sdp' in arrival ? { ...rest, ...ids, sdp: '' } : { ...rest, ...ids }
  return JSON.stringify(text).length + sdp.length
}
