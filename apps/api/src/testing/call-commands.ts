/**
 * What may happen to a call, and what of it can be seen from outside: the words in which generated
 * histories are told, whichever thing they happen to. Tokens, peers and sockets are numbered from 0 as
 * they come to be; a call begins with the tokens 0 and 1.
 */
import { isDeepStrictEqual } from 'node:util'
import type { ApiErrorCode, CallEndedReason, FrameErrorCode, ServerFrame } from '@radist-tech/protocol'

/** `null` is a frame that cannot be read. */
export type SentFrame =
  | { type: 'offer' | 'answer'; sdp: string }
  | { type: 'candidate'; candidate: null }
  | { type: 'bye' }
  | null

export type CallCommand =
  | { do: 'mint'; by: 'secret-key' | 'public-key'; ttlMs: number; times: number }
  /** So many sockets race with this token. */
  | { do: 'join'; token: number; sockets: number }
  /** `token`: which of the reconnect tokens that the peer was ever given, or null for a forged one. */
  | { do: 'reconnect'; peer: number; token: number | null; lastSeq: number | null }
  | { do: 'send'; socket: number; frames: readonly SentFrame[] }
  | { do: 'close'; socket: number }
  /** The socket is gone, and nobody has been told. */
  | { do: 'die'; socket: number }
  /** The object goes and comes back, with its sockets or without. */
  | { do: 'evict'; sockets: 'hibernate' | 'close' }
  /** The clock steps. Unless `wakes`, the call is not told: the next command is the first to see it. */
  | { do: 'wait'; ms: number; wakes: boolean }
  | { do: 'end' }

export type CallAnswer = 'ok' | ApiErrorCode

/** What comes over a socket, peers by their numbers, without what is random or of no matter to the rules. */
export type Arrival =
  | { type: 'connected'; peer: number; polite: boolean; peers: { peer: number; connected: boolean }[] }
  | { type: 'peer-joined' | 'peer-disconnected' | 'peer-reconnected'; peer: number; seq: number }
  | { type: 'peer-left'; peer: number; reason: 'bye' | 'timeout'; seq: number }
  | { type: 'offer' | 'answer'; sdp: string; from: number; seq: number }
  | { type: 'candidate'; candidate: unknown; from: number; seq: number }
  | { type: 'error'; code: FrameErrorCode }
  | { type: 'call-ended'; reason: CallEndedReason }
  /** The other side has closed the socket. */
  | { type: 'closed'; code: number }

export interface Outcome {
  /** One for each of the things that the command asked for; racing ones sorted, `ok` first. */
  answers: CallAnswer[]
  /** By socket. */
  arrived: ReadonlyMap<number, Arrival[]>
}

/** What the rules say about a command's outcome. */
export interface Expectation extends Outcome {
  /** Frames that may come once more, in this order, after the greeting of this socket: older than what has to be kept. */
  maybeAgain: { socket: number; frames: Arrival[] } | null
}

export function compare(expected: Expectation, seen: Outcome): void {
  if (!isDeepStrictEqual(seen.answers, expected.answers))
    throw new Error(`answered ${seen.answers}, not ${expected.answers}`)
  for (const socket of new Set([...expected.arrived.keys(), ...seen.arrived.keys()])) {
    const due = expected.arrived.get(socket) ?? []
    const came = seen.arrived.get(socket) ?? []
    const again = expected.maybeAgain?.socket === socket ? expected.maybeAgain.frames : []
    const extra = came.length - due.length
    const whole =
      again.length > 0 && extra > 0 && extra <= again.length
        ? [...due.slice(0, 1), ...again.slice(-extra), ...due.slice(1)]
        : due
    if (!isDeepStrictEqual(came, whole))
      throw new Error(`socket ${socket} was sent ${brief(came)}, not ${brief(whole)}`)
  }
}

const brief = (arrivals: readonly Arrival[]): string =>
  arrivals.map((each) => JSON.stringify(each).slice(0, 120)).join(' ') || 'nothing'

/** What happened, with peers as numbers; for the timeline. */
export interface Told {
  at: number
  kind: string
  peer: number | null
  reason: string | null
}

/** Numbers peers as they are let in, and reads what is sent to them. */
export class PeerNumbers {
  readonly #ids: string[] = []

  idOf(peer: number): string {
    const id = this.#ids[peer]
    if (id === undefined) throw new Error(`there is no peer ${peer}`)
    return id
  }

  numberOf(id: string): number {
    const known = this.#ids.indexOf(id)
    return known === -1 ? this.#ids.push(id) - 1 : known
  }

  read(frame: ServerFrame): Arrival {
    switch (frame.type) {
      case 'connected': {
        const peer = this.numberOf(frame.peerId)
        const peers = frame.call.peers.map(({ peerId, connected }) => ({
          peer: this.numberOf(peerId),
          connected,
        }))
        return { type: frame.type, peer, polite: frame.polite, peers }
      }
      case 'peer-left': {
        const { type, peerId, reason, seq } = frame
        return { type, peer: this.numberOf(peerId), reason, seq }
      }
      case 'peer-joined':
      case 'peer-disconnected':
      case 'peer-reconnected':
        return { type: frame.type, peer: this.numberOf(frame.peerId), seq: frame.seq }
      case 'offer':
      case 'answer':
      case 'candidate':
        return { ...frame, from: this.numberOf(frame.from) }
      case 'error':
        return { type: 'error', code: frame.code }
      case 'call-ended':
        return { type: 'call-ended', reason: frame.reason }
      case 'pong':
        throw new Error('a pong that nobody asked for')
    }
  }
}
