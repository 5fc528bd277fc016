/** The two clocks of the host: a monotonic one to measure with, and the wall's to say when. */
export interface Clock {
  /** Whole milliseconds since some instant; never falls, whatever happens to the wall clock. */
  monotonic(): number
  /** Milliseconds since 1970. */
  wall(): number
}

export const systemClock: Clock = {
  monotonic: () => Math.floor(performance.now()),
  wall: () => Date.now(),
}
