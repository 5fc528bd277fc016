/** An object's answer that gets lost: whoever asked fails, whatever the object did. */
import { expect, vi } from 'vitest'

// biome-ignore lint/suspicious/noExplicitAny: any method of any object
type Method = (...args: any[]) => Promise<unknown>
type MethodsOf<T> = { [K in keyof T]: T[K] extends Method ? K : never }[keyof T]

/** The next call of this method does nothing and brings no answer. */
export function diesBefore<T extends object>(prototype: T, method: MethodsOf<T> & string): void {
  dies(prototype, method, false)
}

/** The next call of this method is done, but brings no answer. */
export function diesAfter<T extends object>(prototype: T, method: MethodsOf<T> & string): void {
  dies(prototype, method, true)
}

/** An attempt of which the Worker loses track: it answers 500, and says so in its log. */
export async function expectLost(answer: () => Promise<Response>): Promise<void> {
  const log = vi.spyOn(console, 'error').mockReturnValue()
  expect((await answer()).status).toBe(500)
  expect(log).toHaveBeenCalledOnce()
  log.mockRestore()
}

function dies(prototype: object, method: string, isDone: boolean): void {
  const original: Method = Reflect.get(prototype, method)
  Object.defineProperty(prototype, method, {
    configurable: true,
    writable: true,
    // No answer rather than an error: one that an object throws would end its instance as well.
    async value(this: unknown, ...args: unknown[]) {
      Object.defineProperty(prototype, method, { configurable: true, writable: true, value: original })
      if (isDone) await original.apply(this, args)
    },
  })
}
