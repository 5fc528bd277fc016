/** The ledger's sums: by hour, day, month, and by day, room and participant. */
import {
  type ParticipantId,
  participantIdSchema,
  type RoomId,
  type RoomUsageReport,
  roomIdSchema,
  type UsageReport,
} from '@radist-tech/protocol'
import { monthOfDay } from '../domain/budget.ts'
import { hexOfUuid, prefixedOfHex, uuidOfHex } from '../domain/compact-ids.ts'
import { HOUR_MS } from '../domain/ledger.ts'
import { daysOfHours, type StaySum, type UsageSums } from '../domain/usage-fold.ts'
import type { UsageRange } from '../domain/usage-range.ts'
import { DAY_MS, dayOf } from '../domain/usage-spread.ts'
import type { Page } from '../paging.ts'
import { addToMonth } from './ledger-tables.ts'

export class UsageBook {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** Adds to all sums; to be called within the transaction that takes the records. Answers the months that grew. */
  add({ hours, stays }: UsageSums): Set<number> {
    const newStays = this.addStays(stays)
    const months = new Set<number>()
    for (const [hour, seconds] of hours)
      this.#sql.exec(
        'INSERT INTO usage_hours VALUES (?, ?) ON CONFLICT DO UPDATE SET seconds = seconds + excluded.seconds',
        hour,
        seconds,
      )
    for (const [day, seconds] of daysOfHours(hours)) {
      this.#sql.exec(
        `INSERT INTO usage_days (day, seconds, stays) VALUES (?, ?, ?) ON CONFLICT DO UPDATE
         SET seconds = seconds + excluded.seconds, stays = stays + excluded.stays`,
        day,
        seconds,
        newStays.get(day) ?? 0,
      )
      addToMonth(this.#sql, monthOfDay(day), seconds)
      months.add(monthOfDay(day))
    }
    return months
  }

  /** How many of them are new, by day. */
  addStays(stays: readonly StaySum[]): Map<number, number> {
    const rows = stays.map(({ day, room, participant, seconds }) => [day, room, participant, seconds])
    const grown = this.#sql.exec<{ day: number; reports: number }>(
      `INSERT INTO usage_stays (day, room, participant, seconds)
       SELECT value ->> 0, unhex(value ->> 1), unhex(value ->> 2), value ->> 3 FROM json_each(?) WHERE true
       ON CONFLICT DO UPDATE SET seconds = seconds + excluded.seconds, reports = reports + 1
       RETURNING day, reports`,
      JSON.stringify(rows),
    )
    const added = new Map<number, number>()
    for (const { day, reports } of grown) if (reports === 1) added.set(day, (added.get(day) ?? 0) + 1)
    return added
  }

  /** One query, and a row for every hour or day of the range in which something was used. */
  report({ granularity, from, to }: UsageRange): UsageReport {
    const [table, column] = granularity === 'hour' ? ['usage_hours', 'hour'] : ['usage_days', 'day']
    const unit = units[granularity]
    const rows = this.#sql.exec<{ at: number; seconds: number }>(
      `SELECT ${column} AS at, seconds FROM ${table} WHERE ${column} >= ? AND ${column} < ?`,
      from / unit,
      to / unit,
    )
    const used = new Map([...rows].map(({ at, seconds }) => [at, seconds]))
    return reportOf({ granularity, from, to }, used)
  }

  /** Reads the days of the range, the page's rows, and those before them on the page's first day. */
  roomReport({ from, to }: UsageRange, { page, limit }: Page): RoomUsageReport {
    const [first, after] = [from / DAY_MS, to / DAY_MS]
    const days = this.#sql
      .exec<{ day: number; seconds: number; stays: number }>(
        'SELECT day, seconds, stays FROM usage_days WHERE day >= ? AND day < ? ORDER BY day DESC',
        first,
        after,
      )
      .toArray()
    const total = days.reduce((sum, { stays }) => sum + stays, 0)
    let skip = (page - 1) * limit
    const begin = days.find(({ stays }) => {
      if (skip < stays) return true
      skip -= stays
      return false
    })
    return {
      ...timesOf({ from, to }),
      seconds: days.reduce((sum, { seconds }) => sum + seconds, 0),
      rooms: begin ? this.#rooms(first, begin.day, limit, skip) : [],
      page,
      limit,
      total,
    }
  }

  /** Seconds of each participant of a room on the days from `from` to `to`: a look-up for each day. */
  stays(roomId: RoomId, from: number, to: number): Map<ParticipantId, number> {
    const days = Array.from({ length: dayOf(to) - dayOf(from) + 1 }, (_, i) => dayOf(from) + i)
    const rows = this.#sql.exec<{ who: string; seconds: number }>(
      `SELECT hex(participant) AS who, sum(usage_stays.seconds) AS seconds
       FROM json_each(?) AS days CROSS JOIN usage_stays ON day = days.value AND room = unhex(?)
       GROUP BY participant`,
      JSON.stringify(days),
      hexOfUuid(roomId),
    )
    return new Map(
      [...rows].map(({ who, seconds }) => [participantIdSchema.parse(prefixedOfHex('part', who)), seconds]),
    )
  }

  #rooms(first: number, last: number, limit: number, skip: number): RoomUsageReport['rooms'] {
    // No name as that of a column: it would be sorted by, a whole day instead of the key.
    const rows = this.#sql.exec<{ day: number; in_room: string; who: string; seconds: number }>(
      `SELECT day, hex(room) AS in_room, hex(participant) AS who, seconds FROM usage_stays
       WHERE day >= ? AND day <= ? ORDER BY day DESC, room DESC, participant DESC LIMIT ? OFFSET ?`,
      first,
      last,
      limit,
      skip,
    )
    const rooms = new Map<string, RoomUsageReport['rooms'][number]>()
    for (const { day, in_room: room, who: participant, seconds } of rows.toArray()) {
      const key = `${day} ${room}`
      const entry = rooms.get(key) ?? {
        day: new Date(day * DAY_MS).toISOString().slice(0, 10),
        roomId: roomIdSchema.parse(uuidOfHex(room)),
        seconds: this.#secondsOfRoom(day, room),
        participants: [],
      }
      rooms.set(key, entry)
      const participantId = participantIdSchema.parse(prefixedOfHex('part', participant))
      entry.participants.push({ participantId, seconds })
    }
    return [...rooms.values()]
  }

  #secondsOfRoom(day: number, room: string): number {
    return this.#sql
      .exec<{ seconds: number }>(
        'SELECT SUM(seconds) AS seconds FROM usage_stays WHERE day = ? AND room = unhex(?)',
        day,
        room,
      )
      .one().seconds
  }
}

const units = { hour: HOUR_MS, day: DAY_MS }

/** A report of sums by hour or day; those that are not there are 0. */
function reportOf({ granularity, from, to }: UsageRange, used: ReadonlyMap<number, number>): UsageReport {
  const unit = units[granularity]
  const buckets = Array.from({ length: (to - from) / unit }, (_, i) => ({
    start: new Date(from + i * unit).toISOString(),
    seconds: used.get(from / unit + i) ?? 0,
  }))
  const seconds = buckets.reduce((sum, bucket) => sum + bucket.seconds, 0)
  return { ...timesOf({ from, to }), seconds, granularity, buckets }
}

const timesOf = ({ from, to }: Pick<UsageRange, 'from' | 'to'>) => ({
  from: new Date(from).toISOString(),
  to: new Date(to).toISOString(),
})

/** Of a project that has used nothing yet. */
export const emptyReport = (range: UsageRange): UsageReport => reportOf(range, new Map())
export const emptyRoomReport = (range: UsageRange, page: Page): RoomUsageReport => ({
  ...timesOf(range),
  seconds: 0,
  rooms: [],
  ...page,
  total: 0,
})
