/** Generated histories of a call: what is tried, in terms that mean something whatever happened before. */
import fc from 'fast-check'
import type { CallCommand, SentFrame } from './call-commands.ts'
import type { CallOracle } from './call-oracle.ts'

export type CallAction =
  | { do: 'mint'; by: 'secret-key' | 'public-key'; ttlMs: number; times: number }
  /** `token`: from 0 the oldest, from -1 backwards the newest. */
  | { do: 'join'; token: number; sockets: number }
  | {
      do: 'reconnect'
      peer: number
      /** How many tokens ago it was given; `forged` was never. */
      token: number | 'forged'
      says: 'nothing' | 'truth' | 'less' | 'more' | 'zero'
    }
  /** `older`: of how many sockets before the newest. `late`: also when that socket is over already. */
  | { do: 'send'; peer: number; older: number; late: boolean; what: keyof typeof sendings }
  | { do: 'close' | 'die'; peer: number; older: number; late: boolean }
  | { do: 'evict'; sockets: 'hibernate' | 'close' }
  | { do: 'wait'; ms: number; wakes: boolean }
  | { do: 'end' }

export interface CallHistory {
  accessControl: 'public' | 'private'
  ttlMs: number
  actions: CallAction[]
}

const large = 'v'.repeat(60_000)
const half = 'v'.repeat(30_000)
const small: SentFrame = { type: 'candidate', candidate: null }

/** What a peer sends in one go. The last three come to the bounds of what is held. */
const sendings = {
  offer: [{ type: 'offer', sdp: 'o' }],
  answer: [{ type: 'answer', sdp: 'a' }],
  candidate: [small],
  unreadable: [null],
  bye: [{ type: 'bye' }],
  'large frames': [...Array<SentFrame>(8).fill({ type: 'offer', sdp: large }), { type: 'answer', sdp: half }],
  'some frames': Array<SentFrame>(50).fill(small),
  'many frames': Array<SentFrame>(130).fill(small),
} satisfies Record<string, SentFrame[]>

/** Everything that can happen to a call. */
export const ALL: HistoryOptions = { maxLength: 80, silent: true, floods: 6 }

export interface HistoryOptions {
  maxLength: number
  /** Whether sockets may die one by one without a word, and frames come from sockets that are over. */
  silent: boolean
  /** How often floods may come, beside 150 other actions. */
  floods: number
}

export function callHistories({ maxLength, silent, floods }: HistoryOptions): fc.Arbitrary<CallHistory> {
  const peer = fc.nat(4)
  const older = silent ? fc.constantFrom(0, 0, 0, 1) : fc.constant(0)
  const late = silent ? fc.boolean() : fc.constant(false)
  const of = <T extends Record<string, fc.Arbitrary<unknown>>>(weight: number, fields: T) => ({
    weight,
    arbitrary: fc.record(fields) as fc.Arbitrary<never>,
  })
  const action: fc.Arbitrary<CallAction> = fc.oneof(
    of(8, {
      do: fc.constant('mint'),
      by: fc.constantFrom('secret-key', 'public-key'),
      ttlMs: fc.constantFrom(60_000, 600_000),
      times: fc.constantFrom(1, 1, 1, 1, 1, 40),
    }),
    of(16, {
      do: fc.constant('join'),
      token: fc.integer({ min: -4, max: 3 }),
      sockets: fc.constantFrom(1, 1, 3),
    }),
    of(36, {
      do: fc.constant('reconnect'),
      peer,
      token: fc.constantFrom(0, 0, 0, 0, 1, 2, 'forged'),
      says: fc.constantFrom('nothing', 'truth', 'truth', 'less', 'more', 'zero'),
    }),
    of(40, {
      do: fc.constant('send'),
      peer,
      older,
      late,
      what: fc.constantFrom('offer', 'answer', 'candidate', 'unreadable'),
    }),
    of(floods, {
      do: fc.constant('send'),
      peer,
      older: fc.constant(0),
      late,
      what: fc.constantFrom('large frames', 'some frames', 'many frames'),
    }),
    of(3, { do: fc.constant('send'), peer, older, late, what: fc.constant('bye') }),
    of(16, { do: fc.constant('close'), peer, older, late }),
    of(silent ? 6 : 0, { do: fc.constant('die'), peer, older: fc.constant(0), late: fc.constant(false) }),
    of(12, { do: fc.constant('evict'), sockets: fc.constantFrom('hibernate', 'hibernate', 'close') }),
    of(12, {
      do: fc.constant('wait'),
      ms: fc.constantFrom(1, 5000, 29_999, 30_000, 60_000, -1, -10_000, -31_000),
      wakes: fc.boolean(),
    }),
    of(1, { do: fc.constant('end') }),
  )
  const joins: CallAction[] = [0, 1].map((token) => ({ do: 'join', token, sockets: 1 }))
  return fc.record({
    accessControl: fc.constantFrom('public', 'private'),
    ttlMs: fc.constantFrom(60_000, 3_600_000),
    // Most begin with both peers there, since that is where most can happen.
    actions: fc
      .tuple(fc.constantFrom(0, 0, 1, 2, 2, 2), fc.array(action, { minLength: 1, maxLength, size: 'max' }))
      .map(([joined, rest]) => [...joins.slice(0, joined), ...rest]),
  })
}

/** What the action comes to as things are, or null when there is nobody to do it. */
export function commandOf(action: CallAction, oracle: CallOracle): CallCommand | null {
  switch (action.do) {
    case 'mint':
    case 'evict':
    case 'wait':
    case 'end':
      return action
    case 'join': {
      const { token, sockets } = action
      return {
        do: 'join',
        token: token < 0 ? Math.max(0, oracle.tokens + token) : token % oracle.tokens,
        sockets,
      }
    }
    case 'reconnect': {
      const peer = oracle.everyone.at(-1 - (action.peer % Math.max(1, oracle.everyone.length)))
      if (!peer) return null
      const token = action.token === 'forged' ? null : peer.tokensGiven - 1 - action.token
      const lastSeq = {
        nothing: null,
        truth: peer.arrived,
        less: Math.max(0, peer.arrived - 3),
        more: peer.arrived + 3,
        zero: 0,
      }[action.says]
      return { do: 'reconnect', peer: peer.number, token, lastSeq }
    }
    case 'send':
    case 'close':
    case 'die': {
      const number = oracle.everyone.length - 1 - (action.peer % Math.max(1, oracle.everyone.length))
      const socket = oracle.socketsOf(number).at(-1 - action.older)
      if (!socket || (!action.late && (socket.isDead || !socket.isOpen))) return null
      return action.do === 'send'
        ? { do: 'send', socket: socket.number, frames: sendings[action.what] }
        : { do: action.do, socket: socket.number }
    }
  }
}
