/**
 * Something the person at the terminal can act on: the message is one line saying what to do, and no
 * stack trace is shown.
 */
export class SetupFailure extends Error {
  override name = 'SetupFailure'
}

/** Prints a known failure as its message, an unknown one with its stack, as it is a bug. */
export function reportFailure(error: unknown): void {
  if (error instanceof SetupFailure) console.error(error.message)
  else console.error(error)
}
