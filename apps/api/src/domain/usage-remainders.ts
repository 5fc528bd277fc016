/**
 * Seconds that are made of remainders.
 *
 * A stay may end in the middle of a second; its last record says how many milliseconds it had of it. The
 * remainders of a participant add up, from whichever hosts and in any order, and a second counts with the
 * record that completes it. So what is counted of a participant is the completed seconds of all its
 * connected time, however often it moved. What is left in the end was no second.
 */
import type { UsageRecord } from '@radist-tech/protocol'
import { hexOfPrefixed } from './compact-ids.ts'
import { rememberedUntil } from './usage-retention.ts'
import { dayOf } from './usage-spread.ts'

/** What a participant has of a second that is not complete. */
export interface Remainder {
  /** 0 to 999. */
  ms: number
  /** The last day on which it is kept: as long as the id of the participant's last record. */
  until: number
}

/** By participant, its bytes in hexadecimal. */
export type Remainders = ReadonlyMap<string, Remainder>

/**
 * @param records that were not taken before
 * @param kept what is known of their participants
 * @returns the records with the seconds that they complete, without those that have none; and the remainders
 *   that are to be kept anew
 */
export function completeSeconds(
  records: readonly UsageRecord[],
  kept: Remainders,
  now: number,
): { completed: UsageRecord[]; changed: Remainders } {
  const changed = new Map<string, Remainder>()
  const completed = records.map((record) => {
    const participant = hexOfPrefixed(record.participantId)
    const before = changed.get(participant) ?? kept.get(participant)
    if (!before && record.remainderMs === 0) return record
    const ms = (before?.ms ?? 0) + record.remainderMs
    const until = Math.max(before?.until ?? 0, rememberedUntil(dayOf(Date.parse(record.endedAt)), dayOf(now)))
    if (record.remainderMs > 0 || until !== before?.until) changed.set(participant, { ms: ms % 1000, until })
    return { ...record, seconds: record.seconds + Math.floor(ms / 1000) }
  })
  return { completed: completed.filter(({ seconds }) => seconds > 0), changed }
}
