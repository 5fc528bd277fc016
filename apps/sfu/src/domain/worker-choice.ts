/** Which media worker a room starts on. */

export interface WorkerLoad {
  /** Consumers and producers on the worker: each costs packets. */
  streams: number
  rooms: number
}

/** Rooms that have just begun will have streams: two participants that see and hear each other have this many. */
const STREAMS_EXPECTED_OF_ROOM = 8

/** The least loaded, the first of equals. Null when there is none. */
export function leastLoaded<T extends WorkerLoad>(workers: readonly T[]): T | null {
  let best: T | null = null
  for (const worker of workers) {
    if (best === null || loadOf(worker) < loadOf(best)) best = worker
  }
  return best
}

const loadOf = ({ streams, rooms }: WorkerLoad): number => Math.max(streams, rooms * STREAMS_EXPECTED_OF_ROOM)
