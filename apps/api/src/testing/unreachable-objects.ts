/** Durable Objects that cannot be reached. The Worker and its objects run in the isolate of the tests, so what is replaced here is theirs. */
import { env } from 'cloudflare:workers'

const namespace: object = Object.getPrototypeOf(env.CALL)
const getByName: (this: unknown, name: string) => unknown = Reflect.get(namespace, 'getByName')

/** While `act` runs, whoever asks for an object whose name is told to be lost meets an error. Answers how many did. */
export async function withUnreachable(
  isLost: (name: string) => boolean,
  act: () => Promise<void>,
): Promise<number> {
  let met = 0
  Reflect.set(namespace, 'getByName', function (this: unknown, name: string) {
    if (!isLost(name)) return getByName.call(this, name)
    met += 1
    throw new Error('Network connection lost.')
  })
  try {
    await act()
    return met
  } finally {
    Reflect.set(namespace, 'getByName', getByName)
  }
}
