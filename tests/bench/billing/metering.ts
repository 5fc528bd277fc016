/** What metering costs a host: its processor time, and its disk while nothing can be delivered. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { newParticipantId, newRoomId, projectIdSchema } from '@radist-tech/protocol'
import { type Departure, Journal } from '../../../apps/sfu/src/journal/journal.ts'
import { Metering } from '../../../apps/sfu/src/journal/metering.ts'
import { createLogger } from '../../../apps/sfu/src/logger.ts'
import { onStop } from '../../../scripts/process/lifetime.ts'
import { median } from '../median.ts'
import { rowOf, verdict } from '../report.ts'

const PARTICIPANTS = 1000
/** Two usage intervals, so that each participant's seconds are sent twice. */
const MEASURED_MS = 20_000
/** Loading and compiling are over, and the first usage interval. */
const WARM_UP_MS = 12_000
const STAY_SECONDS = 600
const ROOM_SIZE = 4
const DAY_SECONDS = 86_400

const HOST = fileURLToPath(new URL('processes/metering-host.ts', import.meta.url))

/** @returns the lines of its report */
export async function benchMetering({ rounds }: { rounds: number }): Promise<string[]> {
  const [metering, idle]: [number[], number[]] = [[], []]
  for (let round = 0; round < rounds; round++) {
    // At the same time, so that what else runs here weighs on both.
    const [ours, nothing] = await Promise.all([loadOf(PARTICIPANTS), loadOf(0)])
    metering.push(ours - nothing)
    idle.push(nothing)
  }
  const [week, withDepartures] = [
    7 * outageBytes({ departures: false }),
    7 * outageBytes({ departures: true }),
  ]
  const percent = median(metering)
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`
  return [
    'metering: a host’s meters and journal, 1,000 participants',
    rowOf('processor', '% of a core', [{ name: 'above an idle process', values: metering }]),
    rowOf('', '% of a core', [{ name: 'the idle process itself', values: idle }]),
    verdict('metering 1,000 participants costs under 1 % of a core', percent < 1, `${percent.toFixed(2)} %`),
    verdict(
      'a week of outage at 1,000 participants takes under 100 MB',
      withDepartures < 100e6,
      `${megabytes(week)}; ${megabytes(withDepartures)} if their departures wait too`,
    ),
  ]
}

/** Per cent of a core that metering as many participants takes, in a process of its own. */
async function loadOf(participants: number): Promise<number> {
  const dataDir = mkdtempSync(join(tmpdir(), 'radist-bench-metering-'))
  const child = fork(HOST, [dataDir, String(participants)])
  const forget = onStop(async () => void child.kill('SIGKILL'))
  try {
    await once(child, 'message')
    await after(WARM_UP_MS)
    const before = await usageOf(child)
    await after(MEASURED_MS)
    const later = await usageOf(child)
    return (100 * (later.cpuSeconds - before.cpuSeconds)) / (later.atSeconds - before.atSeconds)
  } finally {
    forget()
    child.kill('SIGKILL')
    await once(child, 'exit')
    rmSync(dataDir, { recursive: true })
  }
}

async function usageOf(child: ChildProcess): Promise<{ cpuSeconds: number; atSeconds: number }> {
  const answered = once(child, 'message')
  child.send('usage')
  const [usage] = await answered
  return usage
}

/**
 * The journal's size, in bytes, after a day in which nothing was acknowledged; each day is like the next.
 * Participants come in rooms of four and stay ten minutes. Time is the benchmark's own, and goes by the minute.
 */
function outageBytes(waits: { departures: boolean }): number {
  const dataDir = mkdtempSync(join(tmpdir(), 'radist-bench-outage-'))
  const clock = { ms: 0 }
  const journal = new Journal(dataDir, { recovered: () => undefined, damaged: () => undefined })
  const metering = new Metering(journal, {
    clock: { monotonic: () => clock.ms, wall: () => 1_790_000_000_000 + clock.ms },
    log: createLogger('silent'),
    usageIntervalSeconds: 10,
    onRecords: () => undefined,
  })
  const projectId = projectIdSchema.parse(crypto.randomUUID())
  const inside: { id: number; until: number; departure: Departure }[] = []
  let roomId = newRoomId()
  let stays = 0
  const stepSeconds = 60
  for (let second = 0; second < DAY_SECONDS; second += stepSeconds) {
    clock.ms = second * 1000
    const leaving = inside.splice(0, inside.filter(({ until }) => until <= second).length)
    for (const { id } of leaving) metering.record(id, { type: 'left', at: clock.ms })
    if (waits.departures) journal.addDepartures(leaving.map(({ departure }) => departure))
    for (const { id } of inside) metering.record(id, { type: 'alive', at: clock.ms })
    for (; stays < ((second + stepSeconds) * PARTICIPANTS) / STAY_SECONDS; stays++) {
      if (stays % ROOM_SIZE === 0) roomId = newRoomId()
      const participant = { participantId: newParticipantId(), projectId, roomId, epoch: 1 }
      const departure = { ...participant, reason: 'left' } as const
      inside.push({ id: metering.admit(participant), until: second + STAY_SECONDS, departure })
    }
    metering.write()
    metering.take(500)
  }
  metering.close()
  // Closed, the log is in the file.
  journal.close()
  const { size } = statSync(join(dataDir, 'journal.sqlite'))
  rmSync(dataDir, { recursive: true })
  return size
}
