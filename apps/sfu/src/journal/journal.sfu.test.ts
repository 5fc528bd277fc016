import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as after } from 'node:timers/promises'
import { newParticipantId, newRoomId, type ParticipantId, projectIdSchema } from '@radist-tech/protocol'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DataDir } from '../data-dir.ts'
import { createLogger } from '../logger.ts'
import { Journal } from './journal.ts'
import { Metering } from './metering.ts'

const quiet = { recovered: () => undefined, damaged: () => undefined }

/** A clock that the test moves. */
class TestClock {
  ms = 5_000
  monotonic = () => this.ms
  wall = () => Date.parse('2026-11-22T12:00:00Z') + this.ms
}

describe('the journal', () => {
  let dataDir: string
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'radist-journal-'))
  })
  afterEach(() => rmSync(dataDir, { recursive: true }))

  const participant = (participantId: ParticipantId) => ({
    participantId,
    projectId: projectIdSchema.parse(crypto.randomUUID()),
    roomId: newRoomId(),
    epoch: 3,
  })
  const meteringOf = (journal: Journal, clock: TestClock, usageIntervalSeconds = 10) =>
    new Metering(journal, {
      clock,
      log: createLogger('silent'),
      usageIntervalSeconds,
      onRecords: () => undefined,
    })
  /** Connected time of stays that have ended. */
  const msIn = (journal: Journal) => {
    journal.makeRecords(10_000, [])
    return journal
      .sentUsage(10_000)
      .reduce((sum, { seconds, remainderMs }) => sum + seconds * 1000 + remainderMs, 0)
  }

  it('after a crash at any moment, holds all connected time but the last second, and never more', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 50, max: 999 }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 5 }),
        (steps, interval) => {
          const clock = new TestClock()
          const directory = mkdtempSync(join(dataDir, 'run-'))
          const journal = new Journal(directory, quiet)
          const metering = meteringOf(journal, clock, interval)
          const admittedAt = clock.ms
          const stayId = metering.admit(participant(newParticipantId()))
          let nextWrite = clock.ms + 1000
          for (const step of steps) {
            const target = clock.ms + step
            if (nextWrite <= target) {
              clock.ms = nextWrite
              metering.write()
              nextWrite += 1000
            }
            clock.ms = target
            metering.record(stayId, { type: 'alive', at: clock.ms })
            if (clock.ms % 3 === 0) metering.take(10)
          }
          // The process is gone: nothing more is written. (Closing the timer writes; so the journal goes first.)
          journal.close()
          metering.close()
          const reopened = new Journal(directory, quiet)
          const connectedMs = clock.ms - admittedAt
          expect(msIn(reopened)).toBeLessThanOrEqual(connectedMs)
          expect(msIn(reopened)).toBeGreaterThanOrEqual(connectedMs - 1000)
          reopened.close()
        },
      ),
      { numRuns: 30 },
    )
  })

  it('after kill -9 of its process, has lost no more than the last second, and reports the departure', async () => {
    const writer = spawn(
      process.execPath,
      [join(import.meta.dirname, '../testing/journal-writer.ts'), dataDir],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    await once(writer.stdout, 'data')
    const startedAt = performance.now()
    // The time itself is what is tested.
    await after(3600)
    writer.kill('SIGKILL')
    const elapsed = (performance.now() - startedAt) / 1000
    await once(writer, 'exit')
    const journal = new Journal(dataDir, quiet)
    const ms = msIn(journal)
    expect(ms).toBeLessThanOrEqual((elapsed + 0.1) * 1000)
    expect(ms).toBeGreaterThanOrEqual((Math.floor(elapsed) - 1) * 1000)
    expect(journal.pendingDepartures(10)).toMatchObject([{ epoch: 1, reason: 'host-lost' }])
    journal.close()
    const again = new Journal(dataDir, quiet)
    expect(msIn(again)).toBe(ms)
    again.close()
  })

  it('a journal that cannot be written loses nothing: all is reported when it can be again', () => {
    const clock = new TestClock()
    const journal = new Journal(dataDir, quiet)
    const metering = meteringOf(journal, clock, 1)
    const stayId = metering.admit(participant(newParticipantId()))
    const other = new DatabaseSync(join(dataDir, 'journal.sqlite'))
    other.exec('BEGIN IMMEDIATE')
    for (let i = 0; i < 5; i++) {
      clock.ms += 1000
      metering.record(stayId, { type: 'alive', at: clock.ms })
      metering.write()
    }
    metering.record(stayId, { type: 'left', at: clock.ms })
    metering.write()
    expect(metering.writable).toBe(false)
    other.exec('ROLLBACK')
    other.close()
    metering.write()
    expect(metering.writable).toBe(true)
    expect(msIn(journal)).toBe(5000)
    metering.close()
    expect(msIn(journal)).toBe(5000)
    journal.close()
  })

  it('of two stays of one participant, one right after the other, has all the time, over a crash too', () => {
    const clock = new TestClock()
    const journal = new Journal(dataDir, quiet)
    const metering = meteringOf(journal, clock)
    const participantId = newParticipantId()
    const first = metering.admit(participant(participantId))
    clock.ms += 3600
    metering.record(first, { type: 'left', at: clock.ms })
    // A second time, as when its socket closes after it has left.
    metering.record(first, { type: 'left', at: clock.ms })
    const second = metering.admit(participant(participantId))
    metering.write()
    clock.ms += 2500
    metering.record(second, { type: 'alive', at: clock.ms })
    metering.write()
    expect(msIn(journal)).toBe(3600)
    journal.close()
    metering.close()
    const reopened = new Journal(dataDir, quiet)
    expect(msIn(reopened)).toBe(6100)
    expect(reopened.sentUsage(2)).toMatchObject([
      { participantId, seconds: 3, remainderMs: 600 },
      { participantId, seconds: 2, remainderMs: 500 },
    ])
    reopened.close()
  })

  it('gives back to the disk what a delivered backlog took, and forgets its rooms', () => {
    const clock = new TestClock()
    const journal = new Journal(dataDir, quiet)
    const metering = meteringOf(journal, clock)
    const size = () => statSync(join(dataDir, 'journal.sqlite')).size
    const stays = 20_000
    for (let i = 0; i < stays; i++) {
      const stay = metering.admit(participant(newParticipantId()))
      metering.record(stay, { type: 'left', at: clock.ms + 600_000 })
    }
    clock.ms += 600_000
    metering.write()
    expect(journal.depth().usage).toBe(stays)
    while (journal.depth().usage > 0) {
      const records = metering.take(500)
      journal.settleUsage(
        records.map(({ recordId }) => recordId),
        [],
        0,
      )
    }
    const before = size()
    // Each interval gives back some.
    for (let i = 0; i < 3; i++) journal.tidy()
    journal.close()
    metering.close()
    expect(before).toBeGreaterThan(1_000_000)
    expect(size()).toBeLessThan(100_000)
  })

  it('a participant that had left when the host died is not reported a second time', () => {
    const clock = new TestClock()
    const journal = new Journal(dataDir, quiet)
    const metering = meteringOf(journal, clock)
    const [leaver, stayer] = [participant(newParticipantId()), participant(newParticipantId())]
    metering.admit(leaver)
    metering.admit(stayer)
    metering.write()
    journal.addDepartures([{ ...leaver, reason: 'left' }])
    journal.close()
    metering.close()
    const reopened = new Journal(dataDir, quiet)
    expect(
      reopened.pendingDepartures(10).map(({ participantId, reason }) => [participantId, reason]),
    ).toEqual([
      [leaver.participantId, 'left'],
      [stayer.participantId, 'host-lost'],
    ])
    reopened.close()
  })

  it('forgets what is accepted, sets aside what is rejected, keeps the rest', () => {
    const clock = new TestClock()
    const journal = new Journal(dataDir, quiet)
    const metering = meteringOf(journal, clock, 1)
    const ids = Array.from({ length: 3 }, () => metering.admit(participant(newParticipantId())))
    clock.ms += 2000
    for (const id of ids) metering.record(id, { type: 'alive', at: clock.ms })
    metering.write()
    const [accepted, rejected, kept] = metering.take(10)
    if (!accepted || !rejected || !kept) throw new Error('three records were expected')
    journal.settleUsage(
      [accepted.recordId],
      [{ recordId: rejected.recordId, code: 'unknown_project' }],
      clock.wall(),
    )
    expect(metering.take(10)).toEqual([kept])
    expect(journal.depth()).toMatchObject({ usage: 1, rejectedUsage: 1 })
    metering.close()
    journal.close()
  })

  it('is held by one process at a time', () => {
    const held = new DataDir(dataDir)
    expect(() => new DataDir(dataDir)).toThrow('RADIST_SFU_DATA_DIR: held by another process')
    held.close()
    new DataDir(dataDir).close()
  })
})
