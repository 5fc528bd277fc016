/** One step of a call in the making: a copy of its state, changed in place, and what is to be done about it. */
import type { CallEndedReason, FrameErrorCode, NumberedServerFrame, PeerId } from '@radist-tech/protocol'
import {
  attendanceOf,
  bothConnected,
  type CallState,
  type Life,
  noFrames,
  type Peer,
  peersOf,
  type Token,
} from './call-state.ts'
import { appendFrame, countOf, dropFrames, emptyBuffer, type FrameBuffer, slotOf } from './frame-buffer.ts'
import type { Happening } from './timeline.ts'

export type CallEffect =
  /** The peer's new socket is let in, told where it is, and sent what it has missed. */
  | {
      type: 'greet'
      peerId: PeerId
      connection: number
      polite: boolean
      peers: { peerId: PeerId; connected: boolean }[]
      resend: number[]
    }
  /** Stored for the peer, in the place of what is in its slot; sent too when `send`. */
  | { type: 'post'; to: PeerId; slot: number; seq: number; text: string; send: boolean }
  /** Those of the peer of this role. */
  | { type: 'drop-frames'; polite: boolean; upTo: number }
  | { type: 'forget-frames'; polite: boolean }
  | { type: 'refuse-frame'; peerId: PeerId; code: FrameErrorCode }
  | { type: 'hang-up'; peerId: PeerId; connection: number; why: HangUpReason }
  /** Told to the connected peers before they are hung up on, and to listing and project. */
  | { type: 'tombstoned'; tell: PeerId[]; reason: CallEndedReason }

/** `overtaken`: the peer is here with a newer socket. */
export type HangUpReason = 'bye' | 'overtaken' | 'ended'

type Unnumbered<F> = F extends unknown ? Omit<F, 'seq'> : never

export class CallTurn {
  readonly facts: CallState['facts']
  readonly effects: CallEffect[] = []
  readonly happened: Happening[] = []
  life: Life
  #buffers: CallState['buffers']

  constructor({ facts, life, buffers }: CallState) {
    this.facts = facts
    this.life = life
    this.#buffers = buffers
  }

  state(): CallState {
    return { facts: this.facts, life: this.life, buffers: this.#buffers }
  }

  buffer({ polite }: Peer): FrameBuffer {
    return polite ? this.#buffers.polite : this.#buffers.impolite
  }

  /** A tombstoned call stays as it is. */
  setTokens(tokens: Token[]): void {
    if (this.life.kind === 'tombstoned') return
    this.life = { ...this.life, tokens }
  }

  addPeer(peer: Peer, tokens: Token[]): void {
    const { everJoined, everConnected } = attendanceOf(this.life)
    const peers = [...peersOf(this.life), peer]
    this.life = { kind: 'joined', tokens, peers, everJoined: everJoined + 1, everConnected }
  }

  setPeer(peer: Peer): void {
    if (this.life.kind !== 'joined') return
    const peers = this.life.peers.map((other) => (other.peerId === peer.peerId ? peer : other))
    this.life = { ...this.life, peers }
  }

  /** Frees the peer's place, and answers who is still there. */
  removePeer(peer: Peer): readonly Peer[] {
    if (this.life.kind !== 'joined') return []
    const peers = this.life.peers.filter((other) => other.peerId !== peer.peerId)
    this.life = { ...this.life, peers }
    this.#setBuffer(peer, emptyBuffer)
    this.effects.push({ type: 'forget-frames', polite: peer.polite })
    return peers
  }

  /** Notes that both are there, the first time that they are. */
  noteConnected(now: number): void {
    if (this.life.kind !== 'joined' || this.life.everConnected || !bothConnected(this.life)) return
    this.life = { ...this.life, everConnected: true }
    this.note('connected', null, now)
  }

  note(kind: Happening['kind'], subject: PeerId | null, at: number, reason: string | null = null): void {
    this.happened.push({ at, kind, subject, identity: null, reason })
  }

  clearTokensOfFullCall(): void {
    if (this.life.kind !== 'joined' || !bothConnected(this.life)) return
    if (this.life.tokens.every((token) => token.state === 'cleared')) return
    this.setTokens(this.life.tokens.map((token) => ({ ...token, state: 'cleared' })))
  }

  /**
   * Numbers a frame for a peer and keeps it; one that is connected is sent it at once. `open` is its JSON
   * without the closing brace.
   */
  post(peer: Peer, open: string): void {
    const { peerId, polite, presence } = peer
    const before = this.buffer(peer)
    const seq = before.lastSeq + 1
    const text = `${open},"seq":${seq}}`
    const send = presence.kind === 'connected'
    const { buffer, droppedUpTo } = appendFrame(before, text.length, send ? undefined : presence.unsentFrom)
    this.#setBuffer(peer, buffer)
    this.effects.push({ type: 'post', to: peerId, slot: slotOf(polite, seq), seq, text, send })
    if (droppedUpTo !== null) this.effects.push({ type: 'drop-frames', polite, upTo: droppedUpTo })
  }

  notifyOthers(about: PeerId, frame: Unnumbered<NumberedServerFrame>): void {
    const open = JSON.stringify(frame).slice(0, -1)
    for (const peer of peersOf(this.life)) if (peer.peerId !== about) this.post(peer, open)
  }

  dropFrames(peer: Peer, upTo: number): void {
    const before = this.buffer(peer)
    const after = dropFrames(before, upTo)
    if (countOf(after) === countOf(before)) return
    this.#setBuffer(peer, after)
    this.effects.push({ type: 'drop-frames', polite: peer.polite, upTo: Math.min(upTo, before.lastSeq - 1) })
  }

  greet({ peerId, connection, polite }: Peer, resend: number[]): void {
    const peers = peersOf(this.life).map((peer) => ({
      peerId: peer.peerId,
      connected: peer.presence.kind === 'connected',
    }))
    this.effects.push({ type: 'greet', peerId, connection, polite, peers, resend })
  }

  refuseFrame({ peerId }: Peer, code: FrameErrorCode): void {
    this.effects.push({ type: 'refuse-frame', peerId, code })
  }

  hangUp({ peerId, connection }: Peer, why: HangUpReason): void {
    this.effects.push({ type: 'hang-up', peerId, connection, why })
  }

  tombstone(reason: CallEndedReason, at: number): void {
    const peers = peersOf(this.life)
    const connected = peers.filter((peer) => peer.presence.kind === 'connected')
    for (const { peerId } of peers) this.note('left', peerId, at, reason)
    this.life = { kind: 'tombstoned', at, reason, ...attendanceOf(this.life) }
    this.#buffers = noFrames
    this.effects.push({ type: 'tombstoned', tell: connected.map((peer) => peer.peerId), reason })
    for (const peer of connected) this.hangUp(peer, 'ended')
    for (const { polite } of peers) this.effects.push({ type: 'forget-frames', polite })
  }

  #setBuffer({ polite }: Peer, buffer: FrameBuffer): void {
    const { polite: ofPolite, impolite } = this.#buffers
    this.#buffers = polite ? { polite: buffer, impolite } : { polite: ofPolite, impolite: buffer }
  }
}
