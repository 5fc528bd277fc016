/**
 * What happens to a few hosts, their participants and the way to Stripe: all of it follows from a seed.
 * A step that makes no sense when its turn comes (who is gone cannot drop) changes nothing.
 */
import fc from 'fast-check'

/** Hosts and participants are numbered from 0; `ms` is time on the driven clock. */
export type Step =
  | { do: 'pass'; ms: number }
  | { do: 'join'; participant: number; host: number }
  /** `mute`: its network dies without a word. */
  | { do: 'drop' | 'resume' | 'mute' | 'leave'; participant: number }
  /** Killed after `ms` more, while it works. `torn`: in the middle of writing to its disk. */
  | { do: 'crash'; host: number; ms: number; torn: boolean }
  /** Asked to stop: everyone leaves, and it delivers what it can. */
  | { do: 'stop'; host: number }
  /** `reinstalled`: under another identity, with the journal that was left. */
  | { do: 'start'; host: number; reinstalled: boolean }
  /** Its wall clock is set anew. */
  | { do: 'set-clock'; host: number; ms: number }
  /** Real time, for requests to get under way. */
  | { do: 'breathe'; realMs: number }

/** What befalls one request of a host's with usage. Times are real ones. */
export type WireFault =
  | { fault: 'none' }
  /** It never arrives. */
  | { fault: 'drop' }
  /** It is taken, and the answer never arrives. */
  | { fault: 'lose-answer' }
  | { fault: 'garble-answer' }
  | { fault: 'delay'; ms: number }
  /** It arrives twice. */
  | { fault: 'double' }
  /** It seems lost, and arrives after the next one. */
  | { fault: 'overtaken' }
  /** The same records are sent by another host at the same time. */
  | { fault: 'sent-by-another' }
  | { fault: 'host-dies'; when: 'before' | 'after' }
  /** This long after it was passed on. */
  | { fault: 'worker-dies'; afterMs: number }

/** What befalls one meter event: what Stripe does, and what the Worker hears of it. */
export type StripeFault =
  | { fault: 'none' }
  /** `when`: whether the event was taken before, which Stripe itself rules out of a 429. */
  | { fault: 'rate-limit'; when: 'before' | 'after' }
  /** `hang`: no answer until the Worker gives up, 15 s later. */
  | { fault: 'error'; when: 'before' | 'after'; told: 'error' | 'cut' | 'hang' }
  | { fault: 'worker-dies'; when: 'before' | 'after' }

export interface Schedule {
  seed: number
  hosts: number
  /** Whether its hosts are processes of their own, killed with SIGKILL. */
  processes: boolean
  projects: number
  /** Which project (from 0) each participant belongs to. */
  participants: number[]
  usageIntervalSeconds: number
  steps: Step[]
  /** Befall the first, second, … request with usage; those after them pass. */
  wire: WireFault[]
  /** The same for meter events. */
  stripe: StripeFault[]
}

const SECOND = 1000
const HOUR = 3_600_000

/** The schedule of this seed: 0 to 2^31 - 1. */
export function scheduleOf(seed: number): Schedule {
  const [schedule] = fc.sample(scheduleArbitrary, { seed, numRuns: 1 })
  if (!schedule) throw new Error('no schedule was drawn')
  return { ...schedule, seed }
}

/** What happens in it, in a few lines. */
export function described({
  hosts,
  processes,
  projects,
  participants,
  steps,
  wire,
  stripe,
}: Schedule): string[] {
  const words = (items: readonly object[]) => items.map((item) => Object.values(item).join(' ')).join(', ')
  return [
    `${hosts} hosts${processes ? ' in processes' : ''}, ${participants.length} participants, ${projects} projects`,
    `steps: ${words(steps)}`,
    `requests with usage: ${words(wire)}`,
    `meter events: ${words(stripe)}`,
  ]
}

const scheduleArbitrary = fc.noBias(
  fc.gen().map((draw): Omit<Schedule, 'seed'> => {
    const number = (min: number, max: number) => draw(fc.integer, { min, max })
    const perhaps = (percent: number) => number(1, 100) <= percent
    const list = <T>(length: number, item: () => T): T[] => Array.from({ length }, item)
    const oneOf = <T>(choices: readonly [number, () => T][]): T => {
      let ticket = number(
        1,
        choices.reduce((sum, [weight]) => sum + weight, 0),
      )
      for (const [weight, make] of choices) {
        ticket -= weight
        if (ticket <= 0) return make()
      }
      throw new Error('a ticket is among the weights')
    }

    const hosts = number(1, 3)
    const projects = number(1, 2)
    const participants = list(number(1, 5), () => number(0, projects - 1))
    const host = () => number(0, hosts - 1)
    const participant = () => number(0, participants.length - 1)
    const aWhile = () =>
      oneOf([
        [4, () => number(1, 3 * SECOND)],
        [4, () => number(SECOND, 40 * SECOND)],
        [1, () => number(SECOND, 3 * HOUR)],
      ])
    const when = () =>
      oneOf<'before' | 'after'>([
        [1, () => 'before'],
        [1, () => 'after'],
      ])

    const step = (): Step =>
      oneOf<Step>([
        [24, () => ({ do: 'pass', ms: aWhile() })],
        [22, () => ({ do: 'join', participant: participant(), host: host() })],
        [7, () => ({ do: 'drop', participant: participant() })],
        [8, () => ({ do: 'resume', participant: participant() })],
        [3, () => ({ do: 'mute', participant: participant() })],
        [5, () => ({ do: 'leave', participant: participant() })],
        [6, () => ({ do: 'crash', host: host(), ms: number(1, 12 * SECOND), torn: perhaps(50) })],
        [2, () => ({ do: 'stop', host: host() })],
        [6, () => ({ do: 'start', host: host(), reinstalled: perhaps(15) })],
        [4, () => ({ do: 'set-clock', host: host(), ms: clockStep() })],
        [30, () => ({ do: 'breathe', realMs: number(1, 250) })],
      ])
    const clockStep = () =>
      oneOf([
        [3, () => number(-2 * SECOND, 2 * SECOND)],
        [2, () => number(-HOUR, HOUR)],
        [1, () => number(-240 * HOUR, 240 * HOUR)],
      ])
    const wireFault = () =>
      oneOf<WireFault>([
        [30, () => ({ fault: 'none' })],
        [8, () => ({ fault: 'drop' })],
        [10, () => ({ fault: 'lose-answer' })],
        [3, () => ({ fault: 'garble-answer' })],
        [
          8,
          () => ({
            fault: 'delay',
            ms: oneOf([
              [4, () => number(1, 400)],
              [1, () => 3_500],
            ]),
          }),
        ],
        [6, () => ({ fault: 'double' })],
        [6, () => ({ fault: 'overtaken' })],
        [4, () => ({ fault: 'sent-by-another' })],
        [4, () => ({ fault: 'host-dies', when: when() })],
        [1, () => ({ fault: 'worker-dies', afterMs: number(0, 12) })],
      ])
    const stripeFault = () =>
      oneOf<StripeFault>([
        [40, () => ({ fault: 'none' })],
        [12, () => ({ fault: 'rate-limit', when: when() })],
        [14, () => ({ fault: 'error', when: when(), told: 'error' })],
        [14, () => ({ fault: 'error', when: when(), told: 'cut' })],
        [1, () => ({ fault: 'error', when: when(), told: 'hang' })],
        [3, () => ({ fault: 'worker-dies', when: when() })],
      ])

    return {
      hosts,
      processes: perhaps(6),
      projects,
      participants,
      usageIntervalSeconds: oneOf([
        [1, () => 1],
        [2, () => 10],
        [1, () => 60],
      ]),
      // Everyone comes first, so that there is something to be metered.
      steps: [
        ...participants.map((_, index): Step => ({ do: 'join', participant: index, host: host() })),
        ...list(number(10, 40), step),
      ],
      wire: list(number(0, 8), wireFault),
      stripe: list(number(0, 4), stripeFault),
    }
  }),
)
