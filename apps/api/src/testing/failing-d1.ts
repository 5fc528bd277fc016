/** D1 in its bad hours. The Worker and its objects run in the isolate of the tests, so what is replaced here is theirs. */
import { env } from 'cloudflare:workers'

export type D1Fault =
  /** Refuses at once. */
  | 'throws'
  /** Never answers. */
  | 'hangs'
  /** Does what it is asked, and then says that it failed. */
  | 'fails after writing'

export const d1Faults: readonly D1Fault[] = ['throws', 'hangs', 'fails after writing']

type Query = (this: unknown, ...args: unknown[]) => Promise<unknown>

const statement: object = Object.getPrototypeOf(env.DB.prepare('SELECT 1'))
const database: object = Object.getPrototypeOf(env.DB)
const methods = [
  ...['run', 'all', 'raw', 'first'].map((name) => [statement, name] as const),
  [database, 'batch'] as const,
]

/** Every query meets this fault while `act` runs. Answers what `act` does, and whether anything met it. */
export async function withFailingD1<T>(
  fault: D1Fault,
  act: () => Promise<T>,
): Promise<{ result: T; met: number }> {
  let met = 0
  const originals = methods.map(([owner, name]) => {
    const original: Query = Reflect.get(owner, name)
    const failing: Query = async function (...args) {
      met += 1
      if (fault === 'hangs') return new Promise(() => undefined)
      if (fault === 'fails after writing') await original.apply(this, args)
      throw new Error('D1_ERROR: Network connection lost.')
    }
    Reflect.set(owner, name, failing)
    return () => Reflect.set(owner, name, original)
  })
  try {
    return { result: await act(), met }
  } finally {
    for (const restore of originals) restore()
  }
}
