/** Which media worker takes a participant of a room. */

/** What participants will make a worker do, beside the consumers that they have there. */
export interface Demand {
  /** Consumers that those who were just put there will soon have, by what is published in their rooms. */
  awaited: number
  /** Those who receive nothing, and may at any time. */
  idle: number
}
export const NO_DEMAND: Demand = { awaited: 0, idle: 0 }

/** One participant's. */
export function demandOf({
  mayReceive,
  expected,
  consumers,
}: {
  mayReceive: boolean
  /** Consumers that it will probably open soon. */
  expected: number
  /** Consumers that it has. */
  consumers: number
}): Demand {
  const awaited = Math.max(0, expected - consumers)
  return { awaited, idle: mayReceive && awaited === 0 && consumers === 0 ? 1 : 0 }
}

export interface WorkerLoad extends Demand {
  /** Consumers that participants have on the worker now. */
  consumers: number
  /** Rooms with a router on the worker. */
  rooms: number
  /** Share of a core that it uses: 0 to 1. */
  cpu: number
  /** Whether the participant's room has a router there. */
  hasRoom: boolean
}

export interface WorkerLimits {
  /** A room goes on to further workers once those that it is on have this many consumers. */
  spreadConsumers: number
  /** More than this many a worker never has. */
  maxConsumers: number
  /** Above this share of a core nobody more is put on a worker. */
  maxCpu: number
}

/**
 * So many who receive nothing take as much of a worker as one consumer: a worker forwards no packet to them,
 * and answers their connectivity checks every few seconds. It has room for five times as many of them as for consumers.
 */
const IDLE_PER_CONSUMER = 5

/** Rooms that have just begun will have consumers: two participants that see and hear each other have this many. */
const CONSUMERS_EXPECTED_OF_ROOM = 4

/**
 * Participants of one room stay together, so that little has to be piped, until the workers that the
 * room is on have enough to do; from then on the least loaded of all is taken. Null when every worker
 * is at its limits, or there is none.
 */
export function chooseWorker<T extends WorkerLoad>(workers: readonly T[], limits: WorkerLimits): T | null {
  const free = workers.filter((worker) => isFree(worker, limits))
  const together = free.filter((worker) => worker.hasRoom && loadOf(worker) < limits.spreadConsumers)
  return leastLoaded(together) ?? leastLoaded(free)
}

/** Whether a worker takes one consumer more. */
export const takesConsumer = ({ consumers }: Pick<WorkerLoad, 'consumers'>, limits: WorkerLimits): boolean =>
  consumers < limits.maxConsumers

/** Of equals one that has the room already, and of those the first. */
function leastLoaded<T extends WorkerLoad>(workers: readonly T[]): T | null {
  let best: T | null = null
  for (const worker of workers) {
    if (best === null || isLess(worker, best)) best = worker
  }
  return best
}

function isLess(a: WorkerLoad, b: WorkerLoad): boolean {
  const difference = weightOf(a) - weightOf(b)
  return difference === 0 ? a.hasRoom && !b.hasRoom : difference < 0
}

const isFree = ({ consumers, awaited, idle, cpu }: WorkerLoad, limits: WorkerLimits): boolean =>
  consumers + awaited + idle / IDLE_PER_CONSUMER < limits.maxConsumers && cpu < limits.maxCpu

/** For spreading, idle ones count in full: a crowd that waits for a speaker will all receive, and nobody is moved. */
const loadOf = ({ consumers, awaited, idle }: WorkerLoad): number => consumers + awaited + idle

const weightOf = (worker: WorkerLoad): number =>
  Math.max(loadOf(worker), worker.rooms * CONSUMERS_EXPECTED_OF_ROOM)
