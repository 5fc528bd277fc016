import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decideAssignment } from './assignment-decision.ts'
import { waitAfter } from './back-off.ts'
import { type FrameBudget, fullBudget, spent } from './frame-budget.ts'
import { hostStateOf, notReadyReasons, takesParticipant } from './host-state.ts'
import { connectedUntil, livenessOf } from './liveness.ts'
import { NotificationLog } from './notification-log.ts'
import { firstRotation, type ReconnectRotation, rotated, settled } from './reconnect-rotation.ts'
import { ReplayGuard } from './replay-guard.ts'

describe('back-off', () => {
  it('grows, with jitter, to its maximum and no further', () => {
    const backOff = { firstMs: 100, maxMs: 1000 }
    expect([1, 2, 3, 4, 5, 500].map((failures) => waitAfter(failures, backOff, 1))).toEqual([
      100, 200, 400, 800, 1000, 1000,
    ])
    expect(waitAfter(3, backOff, 0)).toBe(200)
  })
})

describe('reconnect tokens', () => {
  const use = (rotation: ReconnectRotation | null, generation: number) =>
    rotation && rotated(rotation, generation)

  it('are new at each use, and the one used is good until the new socket has spoken', () => {
    const once = use(firstRotation, 0)
    expect(once).toEqual({ issued: 1, fallback: 0 })
    expect(use(once, 0)).toEqual({ issued: 2, fallback: 0 })
    expect(use(once, 1)).toEqual({ issued: 2, fallback: 1 })
    if (once) expect(use(settled(once), 0)).toBeNull()
    if (once) expect(use(settled(once), 1)).not.toBeNull()
  })

  it('are never good before they were handed out, nor after they were overtaken', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constant('spoke' as const), fc.nat(8)), { maxLength: 30 }),
        (history) => {
          let rotation = firstRotation
          let newest = 0
          for (const step of history) {
            if (step === 'spoke') {
              rotation = settled(rotation)
              continue
            }
            const next = rotated(rotation, step)
            if (next) expect(next.issued).toBe(rotation.issued + 1)
            if (next) expect(step).toBeLessThanOrEqual(rotation.issued)
            rotation = next ?? rotation
            newest = Math.max(newest, rotation.issued)
            expect(rotation.issued).toBe(newest)
          }
          expect(rotated(settled(rotation), rotation.issued - 1)).toBeNull()
        },
      ),
    )
  })
})

describe('notifications', () => {
  const told = (n: number) => ({ participantId: `part_${n}` })

  it('what came after the last one taken follows `resumed`, under rising numbers', () => {
    const log = new NotificationLog(16, () => undefined)
    log.append('joined', {}, true)
    log.append('participantJoined', told(2), true)
    log.append('participantJoined', told(3), true)
    log.append('participantJoined', told(4), false)
    const entries = log.resume(2, { fresh: true })
    expect(entries.map(({ seq, event }) => [seq, event])).toEqual([
      [5, 'resumed'],
      [6, 'participantJoined'],
      [7, 'participantJoined'],
    ])
    expect(entries.slice(1).map(({ data }) => data)).toEqual([told(3), told(4)])
    // The answer got lost: the participant still has only the second.
    expect(log.resume(2, {}).map(({ seq, event }) => [seq, event])).toEqual([
      [8, 'resumed'],
      [9, 'participantJoined'],
      [10, 'participantJoined'],
    ])
  })

  it('without the last one taken, what was never sent follows', () => {
    const log = new NotificationLog(16, () => undefined)
    log.append('joined', {}, true)
    log.append('participantJoined', told(2), true)
    log.append('participantJoined', told(3), false)
    expect(
      log
        .resume(undefined, {})
        .slice(1)
        .map(({ data }) => data),
    ).toEqual([told(3)])
  })

  it('are kept in a bounded number', () => {
    let dropped = 0
    const log = new NotificationLog(256, (count) => {
      dropped += count
    })
    for (let i = 0; i < 10_000; i++) log.append('participantJoined', told(i), false)
    const missed = log.resume(0, {}).length - 1
    expect(missed).toBeGreaterThanOrEqual(256)
    expect(missed).toBeLessThanOrEqual(2 * 256)
    expect(dropped).toBe(10_000 - missed)
  })

  it('that were sent are not counted as dropped', () => {
    const log = new NotificationLog(16, () => expect.unreachable())
    for (let i = 0; i < 100; i++) log.append('participantJoined', told(i), true)
  })
})

describe('bad frames', () => {
  it('are borne in a burst, and again after a while', () => {
    let budget: FrameBudget | null = fullBudget(20, 0)
    for (let i = 0; i < 20; i++) budget = budget && spent(budget, 20, 0)
    expect(budget).not.toBeNull()
    if (budget) expect(spent(budget, 20, 500)).toBeNull()
    if (budget) expect(spent(budget, 20, 1000)).not.toBeNull()
  })
})

describe('replays', () => {
  const signature = (jti: string, iat = 1000) => ({ jti, iat, exp: iat + 60 })

  it('are refused until the signature is long expired, and forgotten then', () => {
    const guard = new ReplayGuard(1000)
    expect(guard.take(signature('a'), 1000)).toBe(true)
    expect(guard.take(signature('a'), 1001)).toBe(false)
    expect(guard.take(signature('a'), 1090)).toBe(false)
    expect(guard.take(signature('b', 1091), 1091)).toBe(true)
    expect(guard.remembered).toBe(1)
  })

  it('of a run before this one are refused, since they may have been taken then', () => {
    expect(new ReplayGuard(1000.7).take(signature('a', 999), 1001)).toBe(false)
  })
})

describe('an assignment', () => {
  it('opens a room, is repeated, reopens it with a higher epoch, and is refused with a lower', () => {
    expect(decideAssignment({ is: 'unknown' }, 1)).toBe('open')
    expect(decideAssignment({ is: 'open', epoch: 2 }, 2)).toBe('repeat')
    expect(decideAssignment({ is: 'open', epoch: 2 }, 3)).toBe('reopen')
    expect(decideAssignment({ is: 'open', epoch: 2 }, 1)).toBe('overtaken')
    expect(decideAssignment({ is: 'closed' }, 9)).toBe('closed')
  })
})

describe('a socket', () => {
  it('is pinged after 2 s of silence and given up after 15 s, so within 20 s', () => {
    expect([0, 1999, 2000, 14_999, 15_000].map((now) => livenessOf(0, now, 15_000))).toEqual([
      'fine',
      'fine',
      'ping',
      'ping',
      'dead',
    ])
  })

  it('was connected until its close, its last sign of life, or its overtaking if it was alive then', () => {
    expect(connectedUntil('closed', 1000, 9000)).toBe(9000)
    expect(connectedUntil('silent', 1000, 9000)).toBe(1000)
    expect(connectedUntil('overtaken', 1000, 9000)).toBe(1000)
    expect(connectedUntil('overtaken', 8000, 9000)).toBe(9000)
  })
})

describe('the host', () => {
  const fine = { stopping: false, draining: false, journalWritable: true, workers: 2 }

  it('is draining when it stops or drains, impaired without a journal or workers, and else ready', () => {
    expect(hostStateOf(fine)).toBe('ready')
    expect(hostStateOf({ ...fine, journalWritable: false })).toBe('impaired')
    expect(hostStateOf({ ...fine, workers: 0 })).toBe('impaired')
    expect(hostStateOf({ ...fine, stopping: true, workers: 0 })).toBe('draining')
    expect(hostStateOf({ ...fine, draining: true })).toBe('draining')
  })

  it('that drains takes participants into rooms with somebody in them, and into no others', () => {
    expect([true, false].map((occupied) => takesParticipant(fine, occupied))).toEqual([true, true])
    const draining = { ...fine, draining: true }
    expect([true, false].map((occupied) => takesParticipant(draining, occupied))).toEqual([true, false])
    expect(takesParticipant({ ...draining, stopping: true }, true)).toBe(false)
    expect(takesParticipant({ ...fine, journalWritable: false }, true)).toBe(false)
    expect(takesParticipant({ ...fine, workers: 0 }, true)).toBe(false)
  })

  it('says every reason why it is not ready', () => {
    const heard = { enrolled: true, controlPlaneSilentMs: 5999 }
    expect(notReadyReasons({ ...fine, ...heard }, 6000)).toEqual([])
    expect(notReadyReasons({ ...fine, ...heard, controlPlaneSilentMs: 6000 }, 6000)).toEqual([
      'control-plane-unreachable',
    ])
    const bad = { ...fine, draining: true, journalWritable: false, workers: 0 }
    expect(notReadyReasons({ ...bad, enrolled: false, controlPlaneSilentMs: 9e9 }, 6000)).toEqual([
      'draining',
      'journal-unwritable',
      'no-media-worker',
      'not-enrolled',
    ])
    expect(notReadyReasons({ ...bad, ...heard, stopping: true }, 6000)).not.toContain('draining')
  })
})
