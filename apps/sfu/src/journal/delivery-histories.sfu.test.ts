/** Histories of a host's meters, its journal on a disk, and an unreliable way to the ledger. */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  newParticipantId,
  newRoomId,
  type ParticipantId,
  projectIdSchema,
  type UsageRecord,
} from '@radist-tech/protocol'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLogger } from '../logger.ts'
import { Journal } from './journal.ts'
import { Metering } from './metering.ts'

const quiet = { recovered: () => undefined, damaged: () => undefined }
const PARTICIPANTS = 3

type Step =
  /** Less than a second, so that a mark falls into every other step; everyone connected is heard. */
  | { what: 'wait'; ms: number }
  | { what: 'wall clock'; byMs: number }
  | { what: 'toggle'; who: number }
  /** `returns`: it comes back as who it was, else another comes. */
  | { what: 'leave'; who: number; returns: boolean }
  /** A batch is sent; `taken`: whether it arrives; `heard`: which of its records are answered, from the first on. */
  | { what: 'deliver'; limit: number; taken: boolean; heard: number }
  /** Everyone joins again as who they were. */
  | { what: 'crash' }

const who = fc.integer({ min: 0, max: PARTICIPANTS - 1 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ what: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 990 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant('wall clock' as const),
      byMs: fc.integer({ min: -1e9, max: 1e9 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('toggle' as const), who }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('leave' as const), who, returns: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant('deliver' as const),
      limit: fc.integer({ min: 1, max: 4 }),
      taken: fc.boolean(),
      heard: fc.integer({ min: 0, max: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('crash' as const) }) },
)

/** Takes each record once, and finds any that changes. */
class Ledger {
  readonly #records = new Map<string, UsageRecord>()

  take(records: readonly UsageRecord[]): void {
    for (const record of records) {
      expect(record).toEqual(this.#records.get(record.recordId) ?? record)
      expect(Date.parse(record.endedAt) - Date.parse(record.startedAt)).toBeGreaterThanOrEqual(
        record.seconds * 1000 + record.remainderMs,
      )
      this.#records.set(record.recordId, record)
    }
  }

  secondsOf(participantId: string): number {
    const own = [...this.#records.values()].filter((record) => record.participantId === participantId)
    const ms = own.reduce((sum, { seconds, remainderMs }) => sum + seconds * 1000 + remainderMs, 0)
    return Math.floor(ms / 1000)
  }
}

interface Person {
  participantId: ParticipantId
  connectedMs: number
  crashes: number
}

describe('a host that meters, writes and delivers', () => {
  let directory: string
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'radist-histories-'))
  })
  afterAll(() => rmSync(directory, { recursive: true }))

  /** Plays a history, then lets all be delivered. Answers for everyone what is billed, and what was connected. */
  function play(steps: readonly Step[]) {
    const dataDir = mkdtempSync(join(directory, 'run-'))
    const clock = { ms: 7000, wallMs: Date.parse('2026-11-22T12:00:00Z') }
    const ledger = new Ledger()
    const people: Person[] = []
    const open = () => {
      const journal = new Journal(dataDir, quiet)
      const metering = new Metering(journal, {
        clock: { monotonic: () => clock.ms, wall: () => clock.wallMs + clock.ms },
        log: createLogger('silent'),
        usageIntervalSeconds: 2,
        onRecords: () => undefined,
      })
      return { journal, metering, nextWriteAt: clock.ms + 1000 }
    }
    const admit = (person: Person) => {
      const { participantId } = person
      const projectId = projectIdSchema.parse(crypto.randomUUID())
      const id = host.metering.admit({ participantId, projectId, roomId: newRoomId(), epoch: 1 })
      return { id, person, connected: true }
    }
    const newPerson = () => {
      const person: Person = { participantId: newParticipantId(), connectedMs: 0, crashes: 0 }
      people.push(person)
      return person
    }
    let host = open()
    let inside = Array.from({ length: PARTICIPANTS }, () => admit(newPerson()))
    const pass = (ms: number) => {
      clock.ms += ms
      for (const { id, person, connected } of inside) {
        if (connected) person.connectedMs += ms
        host.metering.record(id, { type: 'alive', at: clock.ms })
      }
    }
    const deliver = (limit: number, taken: boolean, heard: number): boolean => {
      const records = host.metering.take(limit)
      if (taken) ledger.take(records)
      const accepted = taken ? records.slice(0, heard).map(({ recordId }) => recordId) : []
      host.journal.settleUsage(accepted, [], 0)
      return records.length > 0
    }
    const crash = () => {
      // Nothing more is written: the journal is gone before the timer.
      host.journal.close()
      host.metering.close()
      for (const { person } of inside) person.crashes += 1
      host = open()
    }
    for (const step of steps) {
      switch (step.what) {
        case 'wait': {
          const until = clock.ms + step.ms
          if (host.nextWriteAt <= until) {
            pass(host.nextWriteAt - clock.ms)
            host.metering.write()
            host.nextWriteAt += 1000
          }
          pass(until - clock.ms)
          break
        }
        case 'wall clock':
          clock.wallMs += step.byMs
          break
        case 'toggle': {
          const one = inside[step.who]
          if (!one) break
          one.connected = !one.connected
          host.metering.record(one.id, { type: one.connected ? 'resumed' : 'dropped', at: clock.ms })
          break
        }
        case 'leave': {
          const one = inside[step.who]
          if (!one) break
          host.metering.record(one.id, { type: 'left', at: clock.ms })
          inside[step.who] = admit(step.returns ? one.person : newPerson())
          break
        }
        case 'deliver':
          deliver(step.limit, step.taken, step.heard)
          break
        case 'crash':
          crash()
          inside = inside.map(({ person }) => admit(person))
          break
        default:
          step satisfies never
      }
    }
    for (const { id } of inside) host.metering.record(id, { type: 'left', at: clock.ms })
    host.metering.write()
    while (deliver(500, true, 500));
    expect(host.journal.depth()).toMatchObject({ usage: 0 })
    host.journal.close()
    host.metering.close()
    rmSync(dataDir, { recursive: true })
    return people.map((person) => ({ ...person, seconds: ledger.secondsOf(person.participantId) }))
  }

  it('bills the completed seconds of everyone’s stays together, at most one less for each crash; a record never changes once it was sent', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        for (const { seconds, connectedMs, crashes } of play(steps)) {
          const completed = Math.floor(connectedMs / 1000)
          expect(seconds).toBeLessThanOrEqual(completed)
          expect(seconds).toBeGreaterThanOrEqual(completed - crashes)
        }
      }),
      { numRuns: 60, endOnFailure: true },
    )
  })

  it('an outage costs a record on its way and a row at the end for a stay, however long it is', () => {
    const dataDir = mkdtempSync(join(directory, 'outage-'))
    const clock = { ms: 0 }
    const journal = new Journal(dataDir, quiet)
    const metering = new Metering(journal, {
      clock: { monotonic: () => clock.ms, wall: () => clock.ms },
      log: createLogger('silent'),
      usageIntervalSeconds: 10,
      onRecords: () => undefined,
    })
    const projectId = projectIdSchema.parse(crypto.randomUUID())
    const stayId = metering.admit({
      participantId: newParticipantId(),
      projectId,
      roomId: newRoomId(),
      epoch: 1,
    })
    for (let second = 0; second < 600; second++) {
      clock.ms += 1000
      metering.record(stayId, { type: 'alive', at: clock.ms })
      metering.write()
      // Sent again and again, never answered.
      metering.take(500)
    }
    expect(metering.take(500).map(({ seconds }) => seconds)).toEqual([10])
    metering.record(stayId, { type: 'left', at: clock.ms })
    metering.write()
    expect(journal.depth().usage).toBe(2)
    expect(metering.take(500).map(({ seconds }) => seconds)).toEqual([10, 590])
    journal.close()
    metering.close()
  })

  it('a week of outage at 1,000 participants fits into 100 MB, with all departures: a hundredth of it, written', () => {
    const dataDir = mkdtempSync(join(directory, 'week-'))
    const clock = { ms: 0 }
    const journal = new Journal(dataDir, quiet)
    const metering = new Metering(journal, {
      clock: { monotonic: () => clock.ms, wall: () => Date.parse('2026-11-22T12:00:00Z') + clock.ms },
      log: createLogger('silent'),
      usageIntervalSeconds: 10,
      onRecords: () => undefined,
    })
    const projectId = projectIdSchema.parse(crypto.randomUUID())
    const weeksStays = (7 * 86_400 * 1000) / 600
    // Ten minutes after ten minutes, 1,000 at a time, in rooms of four.
    for (let stays = 0; stays < weeksStays / 100; stays += 1000) {
      let roomId = newRoomId()
      const inside = Array.from({ length: 1000 }, (_, index) => {
        if (index % 4 === 0) roomId = newRoomId()
        const participant = { participantId: newParticipantId(), projectId, roomId, epoch: 1 }
        return { id: metering.admit(participant), departure: { ...participant, reason: 'left' as const } }
      })
      metering.write()
      clock.ms += 600_000
      for (const { id } of inside) metering.record(id, { type: 'left', at: clock.ms })
      journal.addDepartures(inside.map(({ departure }) => departure))
      metering.write()
      metering.take(500)
    }
    const { usage, departures } = journal.depth()
    expect(usage).toBeGreaterThanOrEqual(weeksStays / 100)
    expect(departures).toBe(usage)
    metering.close()
    journal.close()
    const perStay = statSync(join(dataDir, 'journal.sqlite')).size / usage
    expect(perStay * weeksStays).toBeLessThan(100e6)
  })
})
