import { callIdSchema, type PeerId, peerIdSchema } from '@radist-tech/protocol'
import { describe, expect, it } from 'vitest'
import { type CallEvent, MAX_PENDING_TOKENS, newCall, stepCall, voidedCall } from './call.ts'
import { nextAuditAt, nextDueAt } from './call-due.ts'
import { type CallState, peersOf } from './call-state.ts'

const facts = {
  callId: callIdSchema.parse('0197a000-0000-4000-8000-0000000000aa'),
  projectId: 'project',
  sequence: 1,
  accessControl: 'public' as const,
  hasWebhooks: false,
  createdAt: 0,
}
const host = peerIdSchema.parse(`peer_${'h'.repeat(22)}`)
const guest = peerIdSchema.parse(`peer_${'g'.repeat(22)}`)
const waiting = newCall(facts, [
  { hash: 'one', expiresAt: 60_000 },
  { hash: 'two', expiresAt: 90_000 },
])

/** The state after these events, all at `now`. */
const after = (state: CallState, now: number, ...events: CallEvent[]): CallState =>
  events.reduce((before, event) => stepCall(before, event, now).state, state)
const join = (peerId: PeerId, tokenHash: string): CallEvent => ({
  type: 'join',
  peerId,
  tokenHash,
  reconnectHash: peerId,
})
const drop = (peerId: PeerId): CallEvent => ({
  type: 'socket-closed',
  peerId,
  connection: 1,
  graceMs: 30_000,
})
const nobody = { everJoined: 0, everConnected: false }
const everyone = { everJoined: 2, everConnected: true }
const both = after(waiting, 1, join(host, 'one'), join(guest, 'two'))

describe('time', () => {
  it('ends a call to which nobody came when its last token expires, however late that is noticed', () => {
    expect(nextDueAt(waiting)).toBe(90_000)
    expect(after(waiting, 89_999, { type: 'clock' }).life.kind).toBe('waiting')
    expect(after(waiting, 500_000, { type: 'clock' }).life).toEqual({
      kind: 'tombstoned',
      at: 90_000,
      reason: 'tokens-expired',
      ...nobody,
    })
  })

  it('lets a token minted later keep the call', () => {
    const minted = after(waiting, 1, { type: 'mint', by: 'public-key', hash: 'three', expiresAt: 200_000 })
    expect(nextDueAt(minted)).toBe(200_000)
  })

  it('ends grace periods one by one, each at its time', () => {
    const away = after(after(both, 1000, drop(host)), 2000, drop(guest))
    expect(nextDueAt(away)).toBe(31_000)
    const step = stepCall(away, { type: 'clock' }, 31_500)
    expect(peersOf(step.state.life).map((peer) => peer.peerId)).toEqual([guest])
    expect(nextDueAt(step.state)).toBe(32_000)
    expect(after(away, 99_000, { type: 'clock' }).life).toEqual({
      kind: 'tombstoned',
      at: 32_000,
      reason: 'all-peers-left',
      ...everyone,
    })
  })

  it('refuses a peer that comes back too late, though no alarm has rung', () => {
    const away = after(both, 0, drop(host))
    const event = {
      type: 'reconnect',
      peerId: host,
      tokenHash: host,
      nextHash: 'next',
      lastSeq: null,
    } as const
    expect(stepCall(away, event, 29_999).answer).toEqual({ ok: true })
    expect(stepCall(away, event, 30_000).answer).toEqual({ ok: false, code: 'invalid_reconnect_token' })
  })

  it('looks for sockets at times that do not move', () => {
    expect(nextAuditAt(waiting, 0)).toBeNull()
    expect([0, 1, 299_999, 300_000].map((now) => nextAuditAt(both, now))).toEqual([
      300_000, 300_000, 300_000, 600_000,
    ])
  })
})

describe('the end', () => {
  const ended = stepCall(both, { type: 'end' }, 7)

  it('is told to both peers before they are hung up on', () => {
    expect(ended.effects).toEqual([
      { type: 'tombstoned', tell: [host, guest], reason: 'ended-by-backend' },
      { type: 'hang-up', peerId: host, connection: 1, why: 'ended' },
      { type: 'hang-up', peerId: guest, connection: 1, why: 'ended' },
      { type: 'forget-frames', polite: false },
      { type: 'forget-frames', polite: true },
    ])
    expect(ended.state.life).toEqual({ kind: 'tombstoned', at: 7, reason: 'ended-by-backend', ...everyone })
  })

  it('comes once', () => {
    const again = stepCall(ended.state, { type: 'end' }, 9)
    expect(again).toMatchObject({ state: ended.state, effects: [] })
    expect(again.answer).toEqual({ ok: false, code: 'call_terminated' })
  })

  it('comes too late when the call was over by the clock', () => {
    const step = stepCall(waiting, { type: 'end' }, 90_000)
    expect(step.answer).toEqual({ ok: false, code: 'call_terminated' })
    expect(step.state.life).toEqual({ kind: 'tombstoned', at: 90_000, reason: 'tokens-expired', ...nobody })
  })

  it('is where a voided call begins', () => {
    const { life } = voidedCall(facts, 5)
    expect(life).toEqual({ kind: 'tombstoned', at: 5, reason: 'void', ...nobody })
  })
})

describe('tokens', () => {
  it('are bounded by those that wait, not by those that have expired', () => {
    let state = waiting
    const mint = (now: number, i: number, ttl: number) => {
      const step = stepCall(
        state,
        { type: 'mint', by: 'secret-key', hash: `${i}`, expiresAt: now + ttl },
        now,
      )
      state = step.state
      return step.answer.ok
    }
    mint(0, 0, 1_000_000)
    for (let i = 1; i < 500; i++) expect(mint(100_000 + i * 1000, i, 60_000)).toBe(true)
    const { life } = state
    expect(life.kind === 'waiting' && life.tokens.length).toBeLessThanOrEqual(2 * MAX_PENDING_TOKENS + 1)
    expect(stepCall(state, join(host, '0'), 700_000).answer).toEqual({ ok: true })
    for (let i = 1; i < MAX_PENDING_TOKENS; i++) expect(mint(700_000, 1000 + i, 1000)).toBe(true)
    expect(mint(700_000, 2000, 1000)).toBe(false)
    expect(mint(702_000, 2000, 1000)).toBe(true)
  })

  it('of private calls are minted for the backend only', () => {
    const call = { ...waiting, facts: { ...facts, accessControl: 'private' as const } }
    const mint = (by: 'public-key' | 'secret-key') =>
      stepCall(call, { type: 'mint', by, hash: 'x', expiresAt: 99_000 }, 0).answer
    expect(mint('public-key')).toEqual({ ok: false, code: 'call_is_private' })
    expect(mint('secret-key')).toEqual({ ok: true })
  })
})
