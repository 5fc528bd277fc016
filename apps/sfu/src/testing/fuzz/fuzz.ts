/** Sends generated hostile frames at a running host, and then looks whether all is as it was. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { z } from 'zod'
import { type AssignedRoom, ControlPlaneStub, PUBLIC_KEY } from '../control-plane-stub.ts'
import { hostEnvironment } from '../test-host.ts'
import { TestParticipant } from '../test-participant.ts'
import { Bystanders } from './bystanders.ts'
import { FRAMES_PER_SESSION, type HostileSession, hostileSession } from './hostile-frames.ts'
import { HostileParticipant, type Surroundings } from './hostile-participant.ts'
import type { HostMemory } from './measured-host.ts'
import { actAsStranger } from './strangers.ts'

const BYSTANDERS = 4
/**
 * Memory is collected after so many frames: left to itself, V8 lets a heap that is busy grow for longer,
 * and what it once had it gives back late.
 */
const FRAMES_PER_ROUND = 20_000
/** What `working-call.ts` prints at its end. */
const CALL_WORKS = 'works'

/**
 * What the memory may have grown by at the end, in bytes. Allocators keep some of what was freed for
 * the next time, so that this is no zero; a leak of a kilobyte per frame is beyond it.
 */
export const MEMORY_BOUNDS = { hostRss: 64 << 20, hostHeap: 12 << 20, workersRss: 48 << 20 }

export interface FuzzOptions {
  /** Sent at least, after the warm-up. */
  frames: number
  /** The same seed brings the same frames. */
  seed: number
  /** Frames before memory is first looked at: code is compiled, buffers have their size. */
  warmUpFrames: number
  progress(frames: number): void
}

export interface FuzzResult {
  frames: number
  /** How many requests were answered with what, by `<method> <ok or error code>`. */
  answers: ReadonlyMap<string, number>
  before: HostMemory
  after: HostMemory
}

/** @throws with what went wrong, and the session that did it */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const controlPlane = await ControlPlaneStub.start()
  const environment = await hostEnvironment(controlPlane, { RADIST_LOG_LEVEL: 'error' })
  const host = spawn(process.execPath, ['--expose-gc', join(import.meta.dirname, 'measured-host.ts')], {
    // One arena: with more of them, glibc's malloc holds on to much that is free, and RSS tells little.
    env: { PATH: process.env.PATH, MALLOC_ARENA_MAX: '1', ...environment },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  try {
    await controlPlane.until(() => controlPlane.enrolments > 0, 'the enrolment')
    const url = environment.RADIST_SFU_PUBLIC_URL ?? ''
    return await attack(new Target(controlPlane, url, host), options)
  } finally {
    if (host.exitCode === null && host.signalCode === null) {
      host.kill('SIGTERM')
      await once(host, 'exit')
    }
    await controlPlane.down()
    rmSync(environment.RADIST_SFU_DATA_DIR ?? '', { recursive: true })
  }
}

/** The host under attack. */
class Target {
  readonly controlPlane: ControlPlaneStub
  readonly url: string
  readonly #process: ChildProcess

  constructor(controlPlane: ControlPlaneStub, url: string, process: ChildProcess) {
    this.controlPlane = controlPlane
    this.url = url
    this.#process = process
  }

  connect = (query: Record<string, string>) =>
    new TestParticipant(this.url, { publicKey: PUBLIC_KEY, ...query })

  join = async (room: AssignedRoom): Promise<TestParticipant> => {
    const participant = this.connect({ roomToken: await this.controlPlane.roomToken(room) })
    await participant.until(() => participant.notifications.length > 0, 'being let in')
    return participant
  }

  async memory(): Promise<HostMemory> {
    this.#process.send('memory')
    const [answer]: unknown[] = await once(this.#process, 'message', { signal: AbortSignal.timeout(10_000) })
    return z
      .object({
        hostRss: z.number(),
        hostHeap: z.number(),
        workersRss: z.number(),
        workerPids: z.array(z.number()),
      })
      .parse(answer)
  }

  /** Waits until only so many participants are left. */
  async emptied(left: number): Promise<void> {
    await this.controlPlane.until(
      () => this.controlPlane.heartbeats.at(-1)?.participants === left,
      'the attackers’ places to be free',
    )
  }

  get ended(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null
  }
}

async function attack(target: Target, options: FuzzOptions): Promise<FuzzResult> {
  const inside = await Bystanders.enter(target.controlPlane, target.join, 'inside')
  const outside = await Bystanders.enter(target.controlPlane, target.join, 'outside')
  for (const bystanders of [inside, outside]) bystanders.settle()
  const answers = new Map<string, number>()
  const count = (answer: string) => answers.set(answer, (answers.get(answer) ?? 0) + 1)
  await send(target, [inside, outside], { ...options, count, frames: options.warmUpFrames })
  await target.emptied(BYSTANDERS)
  const before = await target.memory()
  let frames = 0
  for (let round = 1; frames < options.frames; round++) {
    frames += await send(target, [inside, outside], {
      ...options,
      count,
      frames: Math.min(FRAMES_PER_ROUND, options.frames - frames),
      seed: options.seed + round,
      progress: (sent) => options.progress(frames + sent),
    })
  }
  await expectCallWorks(target)
  await target.emptied(BYSTANDERS)
  const after = await target.memory()
  if (String(before.workerPids) !== String(after.workerPids)) throw new Error('a media worker died')
  for (const what of ['hostRss', 'hostHeap', 'workersRss'] as const) {
    const grownBy = after[what] - before[what]
    if (grownBy > MEMORY_BOUNDS[what])
      throw new Error(`memory has grown: ${JSON.stringify({ before, after })}`)
  }
  for (const bystanders of [inside, outside]) await bystanders.leave()
  return { frames, answers, before, after }
}

/** Runs generated sessions until this many frames were sent. Answers how many. */
async function send(
  target: Target,
  [inside, outside]: [Bystanders, Bystanders],
  { frames, seed, progress, count }: Omit<FuzzOptions, 'warmUpFrames'> & Pick<Surroundings, 'count'>,
): Promise<number> {
  const pids = (await target.memory()).workerPids
  const foreignIds = new Map([...inside.ids, ...outside.ids])
  const around = {
    connect: target.connect,
    join: () => target.join(inside.room),
    count,
    roomId: inside.room.roomId,
    foreignIds,
  }
  let sent = 0
  const run = async ({ participants, strangers }: HostileSession): Promise<void> => {
    if (sent >= frames) return
    const counts = await Promise.all([
      ...participants.map(async (acts) => (await HostileParticipant.enter(around)).act(acts)),
      ...strangers.map(async (act) => {
        await actAsStranger(target.url, act)
        return 1
      }),
    ])
    sent += counts.reduce((sum, count) => sum + count, 0)
    if (target.ended) throw new Error('the host has ended')
    await inside.expectUntouched()
    await outside.expectUntouched()
    progress(sent)
  }
  // Not shrunk: the host goes on from where a failure has left it, and would fail at anything.
  const numRuns = Math.ceil(frames / FRAMES_PER_SESSION)
  const outcome = await fc.check(fc.asyncProperty(hostileSession, run), { seed, numRuns, endOnFailure: true })
  const died = !target.ended && String((await target.memory()).workerPids) !== String(pids)
  if (!outcome.failed && !died) return sent
  const reason =
    outcome.errorInstance instanceof Error ? outcome.errorInstance.message : 'a media worker died'
  throw new Error(
    `seed ${seed}, session ${outcome.numRuns}: ${reason}${died ? ' (a media worker died)' : ''}\n${JSON.stringify(outcome.counterexample)?.slice(0, 2000)}`,
  )
}

/** Two newcomers see and hear each other. In a process of its own, since libwebrtc's cannot end like others. */
async function expectCallWorks(target: Target): Promise<void> {
  const room = await target.controlPlane.assign({ graceSeconds: 1 })
  const tokens = [await target.controlPlane.roomToken(room), await target.controlPlane.roomToken(room)]
  const call = spawn(
    process.execPath,
    [join(import.meta.dirname, 'working-call.ts'), target.url, ...tokens],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  let said = ''
  call.stdout.on('data', (chunk) => {
    said += chunk
  })
  await once(call, 'exit')
  if (!said.includes(CALL_WORKS)) throw new Error('a normal call does not work afterwards')
}
