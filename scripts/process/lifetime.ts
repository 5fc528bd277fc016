/**
 * When this process must end, and what must end with it. Whoever starts something registers how it is
 * stopped; a signal or the parent's death stops all of it, last started first.
 */
import { Socket } from 'node:net'
import { constants } from 'node:os'

type Stop = () => void | Promise<void>

const stops = new Set<Stop>()
let stopping: Promise<void> | undefined

/** Registers `stop` to be called before the process ends; returns how to take it back. */
export function onStop(stop: Stop): () => void {
  stops.add(stop)
  return () => stops.delete(stop)
}

/** Stops everything registered, last first. Every caller waits for the same stop. */
export function stopEverything(): Promise<void> {
  stopping ??= (async () => {
    for (const stop of [...stops].reverse()) await stop()
  })()
  return stopping
}

/** Whether the end has begun: what fails from then on fails because it was stopped. */
export const isStopping = (): boolean => stopping !== undefined

let signalExitCode = (signal: NodeJS.Signals) => 128 + constants.signals[signal]

/** For a command whose normal end is a signal (`npm start`): being stopped is then success. */
export function stoppingIsSuccess(): void {
  signalExitCode = () => 0
}

/**
 * Further signals while stopping change nothing: npm, the terminal and the bootstrap may each deliver
 * the same Ctrl-C, and stopping has its own time limits.
 */
export function stopWithSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => void stopEverything().finally(() => process.exit(signalExitCode(signal))))
  }
}

/**
 * Ends with the bootstrap (radist.mjs) when that is a process of its own, even if it was killed
 * outright: it holds the other end of a pipe, which then closes.
 */
export function stopWithParent(): void {
  const lifeline = process.env.RADIST_LIFELINE_FD
  if (!lifeline) return
  delete process.env.RADIST_LIFELINE_FD
  const orphaned = () => void stopEverything().finally(() => process.exit(1))
  const socket = new Socket({ fd: Number(lifeline), readable: true, writable: false })
  socket.on('close', orphaned).on('error', orphaned)
  socket.resume()
  socket.unref()
}
