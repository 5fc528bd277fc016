import { vi } from 'vitest'

/** Stops the clock that the Worker and its objects read, and moves it on by so many milliseconds. */
export function passTime(milliseconds: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + milliseconds })
}

/** Stops that clock where it is: what a test does takes no time, however slow the machine. */
export const stopTime = (): void => passTime(0)

/** Asks again until the check holds: for long, as the machine may be slow. */
export const eventually = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: 20_000 })

/**
 * Stops it at this time. Where alarms are rung by hand, one that real time does not reach: workerd rings by the
 * machine's clock, and by itself what is due there.
 */
export function setTime(time: string): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(time) })
}

/** Back to the real time. */
export const restoreTime = (): unknown => vi.useRealTimers()
