import { callAnswerSchema, callIdSchema, peerIdSchema } from '@radist-tech/protocol'
import { describe, expect, it } from 'vitest'
import { type CallEvent, newCall, stepCall, voidedCall } from './call.ts'
import { type CallState, lifeSchema } from './call-state.ts'
import { viewCall } from './call-view.ts'

const facts = {
  callId: callIdSchema.parse('0197a000-0000-4000-8000-0000000000aa'),
  projectId: 'project',
  sequence: 1,
  accessControl: 'public' as const,
  hasWebhooks: false,
  createdAt: 1_000_000,
}
const peerId = peerIdSchema.parse(`peer_${'h'.repeat(22)}`)
const at = (seconds: number) => facts.createdAt + seconds * 1000
const iso = (seconds: number) => new Date(at(seconds)).toISOString()
const after = (state: CallState, seconds: number, event: CallEvent) =>
  stepCall(state, event, at(seconds)).state

const waiting = newCall(facts, [{ hash: 'one', expiresAt: at(3600) }])
const joined = after(waiting, 1, { type: 'join', peerId, tokenHash: 'one', reconnectHash: 'r1' })
const dropped = after(joined, 2, { type: 'socket-closed', peerId, connection: 1, graceMs: 30_000 })

describe('a call as its backend sees it', () => {
  const view = (state: CallState) => callAnswerSchema.strict().parse(viewCall(state))

  it('waits', () => {
    expect(view(waiting)).toEqual({
      callId: facts.callId,
      accessControl: 'public',
      state: 'waiting',
      createdAt: iso(0),
      tombstonedAt: null,
      endedReason: null,
      peers: [],
    })
  })

  it('says since when its peers are there, and since when they are not', () => {
    const peer = { peerId, connected: true, joinedAt: iso(1), disconnectedAt: null }
    expect(view(joined)).toMatchObject({ state: 'joined', peers: [peer] })
    const away = { ...peer, connected: false, disconnectedAt: iso(2) }
    expect(view(dropped).peers).toEqual([away])
    const reconnect = { type: 'reconnect', peerId, tokenHash: 'r1', nextHash: 'r2', lastSeq: null } as const
    expect(view(after(dropped, 3, reconnect)).peers).toEqual([peer])
    const gone = { type: 'sockets-seen', sockets: [], graceMs: 1000 } as const
    expect(view(after(joined, 4, gone)).peers).toEqual([{ ...away, disconnectedAt: iso(4) }])
  })

  it('is over, each way', () => {
    expect(view(after(dropped, 99, { type: 'clock' }))).toMatchObject({
      state: 'tombstoned',
      tombstonedAt: iso(32),
      endedReason: 'all-peers-left',
      peers: [],
    })
    expect(view(after(joined, 5, { type: 'end' }))).toMatchObject({
      tombstonedAt: iso(5),
      endedReason: 'ended-by-backend',
      peers: [],
    })
    expect(view(voidedCall(facts, at(30)))).toMatchObject({
      state: 'tombstoned',
      tombstonedAt: iso(30),
      endedReason: 'tokens-expired',
    })
  })

  it('is shown when it was stored before peers had times', () => {
    const stored = JSON.stringify(dropped.life, (key, value) =>
      key === 'joinedAt' || key === 'since' ? undefined : value,
    )
    const life = lifeSchema.parse(JSON.parse(stored))
    expect(view({ ...dropped, life }).peers).toEqual([
      { peerId, connected: false, joinedAt: iso(0), disconnectedAt: iso(0) },
    ])
  })
})
