/** The journal's file after the worst: torn, damaged, of another version. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { newParticipantId, newRoomId, newUsageRecordId, projectIdSchema } from '@radist-tech/protocol'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Journal } from './journal.ts'

const FILE = 'journal.sqlite'
const quiet = { recovered: () => undefined, damaged: () => undefined }

const participant = () => ({
  participantId: newParticipantId(),
  projectId: projectIdSchema.parse(crypto.randomUUID()),
  roomId: newRoomId(),
  epoch: 1,
})

describe("the journal's file", () => {
  let dataDir: string
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'radist-journal-file-'))
  })
  afterEach(() => rmSync(dataDir, { recursive: true }))

  /** Ends a stay with this many seconds. */
  const end = (journal: Journal, id: number, seconds: number) => {
    const stay = { id, participant: participant(), wallOffset: 1_700_000_000_000 }
    const report = { seconds, remainderMs: 0, from: 0, until: seconds * 1000 }
    journal.writeMeters({ mark: id, saved: [], ended: [{ stay, reports: [report] }] })
  }
  const secondsOf = (journal: Journal) => {
    journal.makeRecords(10_000, [])
    return journal.sentUsage(10_000).map(({ seconds }) => seconds)
  }
  const path = (suffix = '') => join(dataDir, FILE + suffix)

  it('torn anywhere in its last writes, opens and holds every transaction that is whole', () => {
    const journal = new Journal(dataDir, quiet)
    const sizes: number[] = []
    for (let i = 1; i <= 30; i++) {
      end(journal, i, i)
      sizes.push(statSync(path('-wal')).size)
    }
    // As the files lie there at a kill: what SQLite does at a close is not done.
    const [file, log] = [readFileSync(path()), readFileSync(path('-wal'))]
    journal.close()
    const first = sizes[0] ?? 0
    const tear = fc.record({
      at: fc.integer({ min: first, max: log.length }),
      how: fc.constantFrom('cut off' as const, 'overwritten' as const),
      with: fc.integer({ min: 1, max: 255 }),
    })
    fc.assert(
      fc.property(tear, (torn) => {
        const copy = mkdtempSync(join(dataDir, 'torn-'))
        const damagedLog = Buffer.from(log)
        if (torn.how === 'overwritten' && torn.at < log.length)
          damagedLog[torn.at] = (log[torn.at] ?? 0) ^ torn.with
        writeFileSync(join(copy, FILE), file)
        writeFileSync(
          join(copy, `${FILE}-wal`),
          torn.how === 'cut off' ? log.subarray(0, torn.at) : damagedLog,
        )
        const whole = sizes.filter((size) => size <= torn.at)
        const alarms: string[] = []
        const reopened = new Journal(copy, { ...quiet, damaged: (path) => alarms.push(path) })
        expect(secondsOf(reopened)).toEqual(whole.map((_, index) => index + 1))
        expect(alarms).toEqual([])
        reopened.close()
        rmSync(copy, { recursive: true })
      }),
      { numRuns: 80 },
    )
  })

  it.each([
    ['is no database at all', (file: Buffer) => Buffer.from('x'.repeat(file.length))],
    ['has a page that is garbage', (file: Buffer) => Buffer.from(file).fill(0xab, 4096, file.length)],
    ['was cut off in the middle', (file: Buffer) => file.subarray(0, Math.floor(file.length / 2))],
  ])('that %s is set aside, with an alarm, and the host begins a new one', (_, damage) => {
    const journal = new Journal(dataDir, quiet)
    for (let i = 1; i <= 500; i++) end(journal, i, 60)
    journal.close()
    const intact = readFileSync(path())
    writeFileSync(path(), damage(intact))
    const alarms: { path: string; reason: string }[] = []
    const next = new Journal(dataDir, { ...quiet, damaged: (path, reason) => alarms.push({ path, reason }) })
    expect(alarms).toEqual([
      { path: expect.stringContaining(`${FILE}.damaged-`), reason: expect.any(String) },
    ])
    expect(readFileSync(alarms[0]?.path ?? '')).toEqual(damage(intact))
    expect(next.damaged).toBe(1)
    expect(next.depth()).toEqual({ usage: 0, rejectedUsage: 0, departures: 0 })
    end(next, 1, 5)
    next.close()
    // The alarm lasts until somebody has taken the file away.
    const again = new Journal(dataDir, quiet)
    expect(again.damaged).toBe(1)
    expect(secondsOf(again)).toEqual([5])
    again.close()
    for (const name of readdirSync(dataDir).filter((name) => name.includes('.damaged-')))
      rmSync(join(dataDir, name))
    const mended = new Journal(dataDir, quiet)
    expect(mended.damaged).toBe(0)
    mended.close()
  })

  it('of a newer version is left as it is, and the host does not start', () => {
    new Journal(dataDir, quiet).close()
    const database = new DatabaseSync(path())
    database.exec('PRAGMA user_version = 99')
    database.close()
    const before = readFileSync(path())
    expect(() => new Journal(dataDir, quiet)).toThrow('its journal was written by a newer version (99)')
    expect(readFileSync(path())).toEqual(before)
  })

  it('of version 1 goes on as it is: what it holds has nothing left of a second', () => {
    const journal = new Journal(dataDir, quiet)
    end(journal, 1, 7)
    journal.makeRecords(1, [])
    end(journal, 2, 9)
    const before = journal.sentUsage(1)
    journal.close()
    const database = new DatabaseSync(path())
    for (const table of ['sent', 'ended']) database.exec(`ALTER TABLE ${table} DROP COLUMN remainderMs`)
    database.exec('PRAGMA user_version = 1')
    database.close()
    const updated = new Journal(dataDir, quiet)
    expect(updated.sentUsage(10)).toEqual(before)
    end(updated, 3, 11)
    expect(secondsOf(updated)).toEqual([7, 9, 11])
    updated.close()
    const again = new Journal(dataDir, quiet)
    expect(again.depth()).toMatchObject({ usage: 3 })
    again.close()
  })

  it('of the first form is brought over: records as they were sent, open progress, departures, what was refused', () => {
    const [here, gone] = [participant(), participant()]
    const sent = {
      recordId: newUsageRecordId(),
      projectId: here.projectId,
      roomId: here.roomId,
      participantId: here.participantId,
      seconds: 10,
      startedAt: '2026-11-22T12:00:00.250Z',
      endedAt: '2026-11-22T12:00:10.250Z',
    }
    const database = new DatabaseSync(path())
    database.exec(`PRAGMA journal_mode = WAL;
      CREATE TABLE progress (stayId TEXT PRIMARY KEY, participantId TEXT NOT NULL, projectId TEXT NOT NULL,
        roomId TEXT NOT NULL, epoch INTEGER NOT NULL, connectedMs INTEGER NOT NULL, reportedSeconds INTEGER NOT NULL,
        reportedUntil INTEGER NOT NULL, at INTEGER NOT NULL) STRICT;
      CREATE TABLE usage (position INTEGER PRIMARY KEY, recordId TEXT NOT NULL UNIQUE, record TEXT NOT NULL) STRICT;
      CREATE TABLE rejectedUsage (recordId TEXT PRIMARY KEY, record TEXT NOT NULL, code TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
      CREATE TABLE departure (position INTEGER PRIMARY KEY, roomId TEXT NOT NULL, epoch INTEGER NOT NULL,
        participantId TEXT NOT NULL, reason TEXT NOT NULL, UNIQUE (roomId, epoch, participantId)) STRICT;
      CREATE TABLE probe (id INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT;`)
    const progress = database.prepare('INSERT INTO progress VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
    for (const [stayId, { participantId, projectId, roomId }] of Object.entries({ here, gone })) {
      const until = Date.parse(sent.endedAt)
      progress.run(stayId, participantId, projectId, roomId, 1, 15_700, 10, until, until + 5700)
    }
    database.prepare('INSERT INTO usage VALUES (1, ?, ?)').run(sent.recordId, JSON.stringify(sent))
    database.prepare("INSERT INTO rejectedUsage VALUES ('use_r', '{}', 'project_not_found', 1)").run()
    database.prepare("INSERT INTO departure VALUES (1, ?, 1, ?, 'left')").run(gone.roomId, gone.participantId)
    database.close()

    const journal = new Journal(dataDir, quiet)
    expect(journal.depth()).toEqual({ usage: 3, rejectedUsage: 1, departures: 2 })
    expect(journal.sentUsage(10)).toEqual([{ ...sent, remainderMs: 0 }])
    journal.makeRecords(10, [])
    expect(journal.sentUsage(10)).toMatchObject([
      sent,
      {
        participantId: here.participantId,
        seconds: 5,
        remainderMs: 700,
        startedAt: sent.endedAt,
        endedAt: '2026-11-22T12:00:15.950Z',
      },
      { participantId: gone.participantId, seconds: 5, remainderMs: 700 },
    ])
    expect(journal.pendingDepartures(10)).toMatchObject([
      { roomId: gone.roomId, epoch: 1, participantId: gone.participantId, reason: 'left' },
      { roomId: here.roomId, epoch: 1, participantId: here.participantId, reason: 'host-lost' },
    ])
    journal.close()
    const again = new Journal(dataDir, quiet)
    expect(again.depth()).toEqual({ usage: 3, rejectedUsage: 1, departures: 2 })
    again.close()
  })
})
