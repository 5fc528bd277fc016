/** Records folded into what the ledger keeps of them: sums by hour, and by day, room and participant. */
import type { UsageRecord } from '@radist-tech/protocol'
import { hexOfPrefixed, hexOfUuid } from './compact-ids.ts'
import { dayOfHour, spreadOverHours } from './usage-spread.ts'

/** What one participant used in one room on one day. Ids are their bytes in hexadecimal. */
export interface StaySum {
  day: number
  room: string
  participant: string
  seconds: number
}

export interface UsageSums {
  seconds: number
  hours: ReadonlyMap<number, number>
  stays: readonly StaySum[]
}

/** Sums of these records, whatever their ids. Each sum over all hours, and over all stays, is `seconds`. */
export function foldRecords(records: Iterable<UsageRecord>, now: number): UsageSums {
  let seconds = 0
  const hours = new Map<number, number>()
  const stays = new Map<string, StaySum>()
  for (const record of records) {
    seconds += record.seconds
    const room = hexOfUuid(record.roomId)
    const participant = hexOfPrefixed(record.participantId)
    for (const share of spreadOverHours(spentTime(record), now)) {
      hours.set(share.hour, (hours.get(share.hour) ?? 0) + share.seconds)
      const day = dayOfHour(share.hour)
      const key = `${day} ${room} ${participant}`
      const stay = stays.get(key)
      if (stay) stay.seconds += share.seconds
      else stays.set(key, { day, room, participant, seconds: share.seconds })
    }
  }
  return { seconds, hours, stays: [...stays.values()] }
}

/** Sums by hour as sums by day. */
export function daysOfHours(hours: ReadonlyMap<number, number>): Map<number, number> {
  const days = new Map<number, number>()
  for (const [hour, seconds] of hours) {
    const day = dayOfHour(hour)
    days.set(day, (days.get(day) ?? 0) + seconds)
  }
  return days
}

const spentTime = ({ seconds, startedAt, endedAt }: UsageRecord) => ({
  seconds,
  startedAt: Date.parse(startedAt),
  endedAt: Date.parse(endedAt),
})
