import { vi } from 'vitest'

/** Stops the clock that the Worker and its objects read, and moves it on by so many milliseconds. */
export function passTime(milliseconds: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + milliseconds })
}

/** Back to the real time. */
export const restoreTime = (): unknown => vi.useRealTimers()
