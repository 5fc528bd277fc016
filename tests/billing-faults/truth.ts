/**
 * How long everyone was connected, by what happened to them: reckoned without the metering code, and
 * with nothing of it in mind but the rule (docs/billing.md).
 */
import type { HostLife, HostOperation } from './host-operation.ts'

/** Whole seconds that a participant may be charged. */
export interface Truth {
  least: number
  most: number
}

/** A socket that was heard from within this time before its host was killed counts as alive until then. */
const FRESH_MS = 3000
/** A kill may cost each participant what was not written yet: no more than this. */
const WRITE_INTERVAL_MS = 1000

/** By participant id: the completed seconds of all its time, on however many hosts, and runs of them, it was. */
export function truthOf(lives: readonly HostLife[]): Map<string, Truth> {
  const times = new Map<string, { leastMs: number; mostMs: number }>()
  for (const life of lives)
    for (const [participantId, stays] of Map.groupBy(staysOf(life), (stay) => stay.participantId)) {
      const time = times.get(participantId) ?? { leastMs: 0, mostMs: 0 }
      const sum = (ms: (stay: Stay) => number) => stays.reduce((total, stay) => total + ms(stay), 0)
      const lossMs = stays.some(({ atRisk }) => atRisk) ? WRITE_INTERVAL_MS : 0
      time.leastMs += Math.max(0, sum(({ leastMs }) => leastMs) - lossMs)
      time.mostMs += sum(({ mostMs }) => mostMs)
      times.set(participantId, time)
    }
  const truths = [...times].map(([participantId, { leastMs, mostMs }]) => {
    const truth = { least: Math.floor(leastMs / 1000), most: Math.floor(mostMs / 1000) }
    return [participantId, truth] as const
  })
  return new Map(truths)
}

interface Stay {
  participantId: string
  leastMs: number
  mostMs: number
  /** Whether its last second may not have been written when the host was killed. */
  atRisk: boolean
}

function staysOf({ done, perhaps, killedAt, muted }: HostLife): Stay[] {
  const certain = run(done)
  const possible = perhaps === null ? certain : run([...done, perhaps])
  const lastDone = done.at(-1)?.now ?? 0
  return [...possible].map(([id, after]) => {
    const before = certain.get(id)
    const participantId = after.participantId
    if (killedAt === null) return { participantId, leastMs: after.ms, mostMs: after.ms, atRisk: false }
    const leastMs = before
      ? connectedMs(before, muted.has(id) ? before.aliveAt : Math.max(lastDone, perhaps ? 0 : killedAt))
      : 0
    const presumedUntil = Math.min(killedAt, after.aliveAt + FRESH_MS)
    const mostMs =
      connectedMs(after, muted.has(id) ? presumedUntil : killedAt) +
      // What was found of a silent end, and not written, leaves the disk with what was presumed before.
      (after.foundSilentAt >= killedAt - WRITE_INTERVAL_MS ? presumedUntil - after.aliveAt : 0)
    const wasOpen = after.openSince !== null || (before?.openSince ?? null) !== null
    const atRisk = wasOpen || after.endedAt >= killedAt - WRITE_INTERVAL_MS
    return { participantId, leastMs, mostMs, atRisk }
  })
}

interface Course {
  participantId: string
  /** Of the sockets that have ended. */
  ms: number
  openSince: number | null
  aliveAt: number
  /** When its last socket was found to have fallen silent; never: -Infinity. */
  foundSilentAt: number
  /** When the last operation on it was. */
  endedAt: number
}

const connectedMs = ({ ms, openSince }: Course, until: number): number =>
  openSince === null ? ms : ms + Math.max(0, until - openSince)

function run(operations: readonly HostOperation[]): Map<number, Course> {
  const courses = new Map<number, Course>()
  for (const operation of operations) {
    if (operation.do === 'write') continue
    const { now, stay } = operation
    if (operation.do === 'admit') {
      const { participantId } = operation.participant
      const fresh = { ms: 0, openSince: now, aliveAt: now, foundSilentAt: -Infinity, endedAt: now }
      courses.set(stay, { participantId, ...fresh })
      continue
    }
    const course = courses.get(stay)
    if (!course) throw new Error('a stay begins with an admission')
    course.endedAt = now
    switch (operation.do) {
      case 'alive':
        course.aliveAt = now
        break
      case 'resume':
        course.openSince = now
        course.aliveAt = now
        course.foundSilentAt = -Infinity
        break
      case 'drop':
        if (operation.at < now) course.foundSilentAt = now
        course.ms = connectedMs(course, operation.at)
        course.openSince = null
        break
      case 'leave':
        course.ms = connectedMs(course, now)
        course.openSince = null
        break
    }
  }
  return courses
}
