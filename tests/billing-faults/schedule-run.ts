/** Lets one schedule happen, on hosts, a project and customers of its own. */
import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import {
  newParticipantId,
  newRoomId,
  type ParticipantId,
  type ProjectId,
  projectIdSchema,
} from '@radist-tech/protocol'
import { loadIdentity } from '../../apps/sfu/src/identity.ts'
import type { HostLife, HostOperation } from './host-operation.ts'
import { HostProcess, HostWithin, type RunningHost } from './host-places.ts'
import { HostWire } from './host-wire.ts'
import type { Schedule, Step } from './schedule.ts'
import type { World } from './world.ts'

const WRITE_INTERVAL_MS = 1000
/** Within a longer time, what is written each second differs only at its ends. */
const FINE_PASS_MS = 60_000
const COARSE_WRITES = 12
/** A silent socket is given up after this time. */
const SILENCE_LIMIT_MS = 20_000
/** For a machine that is slow and busy; it takes seconds as a rule. */
const SETTLE_LIMIT_MS = 150_000
const LOOK_MS = 400

/** A host's place: its disk, and who runs on it now. */
interface Slot {
  dataDir: string
  hostId: string
  /** Wall clock minus the schedule's time. */
  wallOffset: number
  current: {
    running: RunningHost
    life: HostLife
    told: HostOperation[]
    nextWriteAt: number
    writes: number
  } | null
  /** Settles when its last run is over. */
  ending: Promise<void>
}

interface Participant {
  participantId: ParticipantId
  projectId: ProjectId
  place: { slot: Slot; stay: number; socket: 'open' | 'mute' | 'gone'; aliveAt: number } | null
}

type HostOperationKind = HostOperation extends infer O
  ? O extends unknown
    ? Omit<O, 'now' | 'wall'>
    : never
  : never

export interface ScheduleOutcome {
  schedule: Schedule
  /** Each run of each host. */
  lives: readonly HostLife[]
  customers: ReadonlyMap<string, string>
  participants: readonly { participantId: string; projectId: string }[]
  reported: HostWire['reported']
  complaints: readonly string[]
  hostDeaths: number
  requests: number
}

export class ScheduleRun {
  readonly #schedule: Schedule
  readonly #world: World
  readonly #wire: HostWire
  readonly #customers: ReadonlyMap<string, string>
  readonly #slots: Slot[]
  readonly #participants: Participant[]
  readonly #lives: HostLife[] = []
  readonly #complaints: string[] = []
  readonly #roomId = newRoomId()
  #now = 0
  #stays = 0
  #deaths = 0
  #settling = false

  /** @param folder for the hosts' disks */
  static async prepare(schedule: Schedule, world: World, folder: string): Promise<ScheduleRun> {
    const customers = new Map<string, string>()
    for (let i = 0; i < schedule.projects; i++) {
      const projectId = randomUUID()
      customers.set(projectId, await world.addProject(projectId))
    }
    world.stripeWire.expect([...customers.values()], schedule.stripe)
    let killHost = (_hostId: string) => {}
    const wire = await HostWire.open({
      workerOrigin: world.workerOrigin,
      faults: schedule.wire,
      killHost: (hostId) => killHost(hostId),
      killWorker: world.killWorker,
      sendAsAnother: (records) => world.sendAsAnother(records),
    })
    const run = new ScheduleRun(schedule, world, wire, customers, folder)
    killHost = (hostId) => run.#killByWire(hostId)
    return run
  }

  private constructor(
    schedule: Schedule,
    world: World,
    wire: HostWire,
    customers: ReadonlyMap<string, string>,
    folder: string,
  ) {
    this.#schedule = schedule
    this.#world = world
    this.#wire = wire
    this.#customers = customers
    const projectIds = [...customers.keys()].map((id) => projectIdSchema.parse(id))
    this.#slots = Array.from({ length: schedule.hosts }, (_, index) => ({
      dataDir: join(folder, `${schedule.seed}-${index}`),
      hostId: '',
      wallOffset: Date.now(),
      current: null,
      ending: Promise.resolve(),
    }))
    this.#participants = schedule.participants.map((project) => {
      const projectId = projectIds[project]
      if (!projectId) throw new Error('a participant is of one of the projects')
      return { participantId: newParticipantId(), projectId, place: null }
    })
  }

  /** All steps, then until everything that can be delivered is. */
  async play(): Promise<ScheduleOutcome> {
    try {
      for (const slot of this.#slots) await this.#start(slot)
      for (const step of this.#schedule.steps) await this.#take(step)
      await this.#settle()
    } finally {
      await this.#wire.close()
      await Promise.all(this.#slots.map((slot) => slot.current?.running.kill(false)))
    }
    return {
      schedule: this.#schedule,
      lives: this.#lives,
      customers: this.#customers,
      participants: this.#participants,
      reported: this.#wire.reported,
      complaints: [...this.#complaints, ...this.#wire.complaints],
      hostDeaths: this.#deaths,
      requests: this.#wire.requests,
    }
  }

  async #take(step: Step): Promise<void> {
    switch (step.do) {
      case 'pass':
        return this.#pass(step.ms)
      case 'join':
        return this.#join(this.#participant(step.participant), this.#slot(step.host))
      case 'drop':
      case 'resume':
      case 'mute':
      case 'leave':
        return this.#change(this.#participant(step.participant), step.do)
      case 'crash':
        return this.#crash(this.#slot(step.host), step.ms, step.torn)
      case 'stop':
        return this.#stop(this.#slot(step.host))
      case 'start':
        return this.#start(this.#slot(step.host), step.reinstalled)
      case 'set-clock':
        this.#slot(step.host).wallOffset += step.ms
        return
      case 'breathe':
        await this.#caughtUp()
        await after(step.realMs)
        return
      default:
        step satisfies never
    }
  }

  async #start(slot: Slot, reinstalled = false, within = !this.#schedule.processes): Promise<void> {
    if (slot.current) return
    await slot.ending
    if (reinstalled) rmSync(join(slot.dataDir, 'identity.json'), { force: true })
    const options = {
      dataDir: slot.dataDir,
      controlPlaneUrl: this.#wire.url,
      fleetSecret: this.#world.fleetSecret,
      usageIntervalSeconds: this.#schedule.usageIntervalSeconds,
      startedAt: this.#now,
      wall: this.#now + slot.wallOffset,
    }
    const running = within ? await HostWithin.start(options) : new HostProcess(options)
    await running.caughtUp()
    slot.hostId = (await loadIdentity(slot.dataDir)).hostId
    const life: HostLife = { done: [], perhaps: null, killedAt: null, muted: new Set() }
    this.#lives.push(life)
    slot.current = { running, life, told: [], nextWriteAt: this.#now + WRITE_INTERVAL_MS, writes: 0 }
  }

  #join(participant: Participant, slot: Slot): void {
    if (!slot.current || participant.place?.slot === slot) return
    this.#change(participant, 'leave')
    this.#stays += 1
    const { participantId, projectId } = participant
    const stay = this.#stays
    const metered = { participantId, projectId, roomId: this.#roomId, epoch: 1 }
    this.#tell(slot, { do: 'admit', stay, participant: metered })
    participant.place = { slot, stay, socket: 'open', aliveAt: this.#now }
  }

  #change(participant: Participant, what: 'drop' | 'resume' | 'mute' | 'leave'): void {
    const { place } = participant
    if (!place) return
    const { slot, stay } = place
    switch (what) {
      case 'drop':
        if (place.socket !== 'open') return
        this.#tell(slot, { do: 'drop', stay, at: this.#now })
        place.socket = 'gone'
        return
      case 'resume':
        if (place.socket !== 'gone') return
        this.#tell(slot, { do: 'resume', stay })
        place.socket = 'open'
        place.aliveAt = this.#now
        slot.current?.life.muted.delete(stay)
        return
      case 'mute':
        if (place.socket !== 'open') return
        place.socket = 'mute'
        slot.current?.life.muted.add(stay)
        return
      case 'leave':
        // A host that has lost somebody learns of it before the place is given up.
        if (place.socket === 'mute') this.#tell(slot, { do: 'drop', stay, at: place.aliveAt })
        this.#tell(slot, { do: 'leave', stay })
        participant.place = null
        return
      default:
        what satisfies never
    }
  }

  /** Time goes by on all hosts: they hear from their participants and write once a second. */
  #pass(ms: number): void {
    const end = this.#now + ms
    for (;;) {
      const [next] = this.#slots
        .flatMap((slot) => (slot.current ? [{ slot, ...slot.current }] : []))
        .sort((a, b) => a.nextWriteAt - b.nextWriteAt)
      if (!next || next.nextWriteAt > end) break
      this.#now = next.nextWriteAt
      this.#writeOnce(next.slot, end, ms)
    }
    this.#now = end
  }

  #writeOnce(slot: Slot, end: number, passMs: number): void {
    const { current } = slot
    if (!current) return
    const coarse = passMs > FINE_PASS_MS
    current.writes += 1
    for (const { place } of this.#participants) {
      if (place?.slot !== slot) continue
      if (place.socket === 'open' && (coarse || current.writes % 2 === 0)) {
        this.#tell(slot, { do: 'alive', stay: place.stay })
        place.aliveAt = this.#now
      }
      if (place.socket === 'mute' && this.#now - place.aliveAt >= SILENCE_LIMIT_MS) {
        this.#tell(slot, { do: 'drop', stay: place.stay, at: place.aliveAt })
        place.socket = 'gone'
      }
    }
    this.#tell(slot, { do: 'write' })
    // However long it is, it ends with a few writes a second apart: a kill may come right after.
    const untilFine = Math.floor((end - 3 * WRITE_INTERVAL_MS - this.#now) / 1000) * 1000
    const stride = Math.ceil(passMs / COARSE_WRITES / 1000) * 1000
    const wait = coarse ? Math.max(WRITE_INTERVAL_MS, Math.min(stride, untilFine)) : WRITE_INTERVAL_MS
    current.nextWriteAt = this.#now + wait
  }

  async #crash(slot: Slot, ms: number, torn: boolean): Promise<void> {
    const { current } = slot
    if (!current) return
    await current.running.caughtUp()
    const before = current.told.length
    this.#pass(ms)
    if (current.running instanceof HostProcess)
      await current.running.hasDone(before + 1 + (ms % Math.max(1, current.told.length - before)))
    await this.#kill(slot, torn)
  }

  #killByWire(hostId: string): void {
    const slot = this.#slots.find((candidate) => candidate.hostId === hostId)
    // What it has not yet done of what it was told may span hours, at a write every few minutes.
    if (!this.#settling && slot?.current && !slot.current.running.busy) void this.#kill(slot, false)
  }

  #kill(slot: Slot, torn: boolean): Promise<void> {
    const { current } = slot
    if (!current) return slot.ending
    const { running, life, told } = current
    const now = this.#now
    slot.current = null
    this.#deaths += 1
    for (const participant of this.#participants)
      if (participant.place?.slot === slot) participant.place = null
    slot.ending = running.kill(torn).then((dataDir) => {
      slot.dataDir = dataDir
      life.done = told.slice(0, running.done)
      life.perhaps = told[running.done] ?? null
      life.killedAt = life.perhaps?.now ?? now
    })
    return slot.ending
  }

  async #stop(slot: Slot): Promise<void> {
    const { current } = slot
    if (!current) return
    for (const participant of this.#participants)
      if (participant.place?.slot === slot) this.#change(participant, 'leave')
    slot.current = null
    current.life.done = current.told
    slot.ending = current.running.stop().catch((error: Error) => {
      this.#complaints.push(error.message)
    })
  }

  async #settle(): Promise<void> {
    await this.#caughtUp()
    this.#settling = true
    await this.#wire.heal()
    for (const slot of this.#slots) await this.#stop(slot)
    for (const slot of this.#slots) await this.#start(slot, false, true)
    const until = performance.now() + SETTLE_LIMIT_MS
    for (const slot of this.#slots) await this.#deliverAll(slot, until)
    await this.#reachedStripe(until)
    for (const slot of this.#slots) await this.#stop(slot)
    await Promise.all(this.#slots.map((slot) => slot.ending))
  }

  async #deliverAll({ current, hostId }: Slot, until: number): Promise<void> {
    if (!(current?.running instanceof HostWithin)) throw new Error('the last run of a host is within')
    for (;;) {
      const { waiting, rejected } = await current.running.flush()
      if (rejected > 0) this.#complaints.push(`${hostId} set ${rejected} records aside`)
      if (waiting === 0) return
      if (performance.now() > until) {
        this.#complaints.push(`${hostId} still has ${waiting} records to deliver`)
        return
      }
      await after(LOOK_MS)
    }
  }

  /** Until Stripe has as much as the Worker took. */
  async #reachedStripe(until: number): Promise<void> {
    const taken = [...this.#wire.reported.values()].reduce((sum, seconds) => sum + seconds, 0)
    for (;;) {
      const events = await Promise.all([...this.#customers.values()].map((id) => this.#world.meterEvents(id)))
      const counted = events.flat().reduce((sum, { value }) => sum + value, 0)
      if (counted >= taken) return
      if (performance.now() > until) {
        this.#complaints.push(`Stripe has ${counted} of ${taken} seconds`)
        return
      }
      await after(LOOK_MS)
    }
  }

  #tell(slot: Slot, what: HostOperationKind): void {
    const { current } = slot
    if (!current) return
    const operation: HostOperation = { ...what, now: this.#now, wall: this.#now + slot.wallOffset }
    current.told.push(operation)
    current.running.perform(operation)
  }

  async #caughtUp(): Promise<void> {
    for (const { current } of this.#slots) await current?.running.caughtUp()
  }

  #slot(index: number): Slot {
    const slot = this.#slots[index]
    if (!slot) throw new Error('a step is about one of the hosts')
    return slot
  }

  #participant(index: number): Participant {
    const participant = this.#participants[index]
    if (!participant) throw new Error('a step is about one of the participants')
    return participant
  }
}
