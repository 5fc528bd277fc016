/** Bindings that count what is asked of them. */
import type { Env } from '../env.ts'

type ObjectName = 'CALL' | 'PROJECT' | 'ROOM' | 'FLEET' | 'WEBHOOK'

export interface Counts {
  /** Statements run on D1, and the rows it read for them. */
  queries: number
  rowsRead: number
  /** Calls of each class of Durable Object, from wherever. */
  objectCalls: Record<ObjectName, number>
}

export const newCounts = (): Counts => ({
  queries: 0,
  rowsRead: 0,
  objectCalls: { CALL: 0, PROJECT: 0, ROOM: 0, FLEET: 0, WEBHOOK: 0 },
})

/** The same bindings; `counts` is asked at each use where to count. */
export function countingEnv(env: Env, counts: () => Counts): Env {
  const objects = <N extends ObjectName>(name: N): Env[N] =>
    countingNamespace(env[name], () => {
      counts().objectCalls[name] += 1
    })
  return {
    ...env,
    DB: countingDatabase(env.DB, counts),
    CALL: objects('CALL'),
    PROJECT: objects('PROJECT'),
    ROOM: objects('ROOM'),
    FLEET: objects('FLEET'),
    WEBHOOK: objects('WEBHOOK'),
  }
}

function countingNamespace<N extends object>(namespace: N, count: () => void): N {
  return proxyOf(namespace, (name, method) => (...args) => {
    const result = method(...args)
    return name === 'get' || name === 'getByName' ? countingStub(Object(result), count) : result
  })
}

const countingStub = (stub: object, count: () => void): object =>
  proxyOf(stub, (_, method) => (...args) => {
    count()
    return method(...args)
  })

function countingDatabase(database: D1Database, counts: () => Counts): D1Database {
  const counted = <R extends { meta: { rows_read: number } }>(result: R): R => {
    counts().queries += 1
    counts().rowsRead += result.meta.rows_read
    return result
  }
  /** The real statement behind each counted one, which `batch` needs. */
  const real = new WeakMap<D1PreparedStatement, D1PreparedStatement>()
  const countingStatement = (statement: D1PreparedStatement): D1PreparedStatement => {
    const counting = proxyOf(statement, (name, method) => async (...args) => {
      if (name === 'run' || name === 'all') return counted(Object(await method(...args)))
      // Drizzle's way, which alone does not tell what was read.
      if (name === 'raw') return counted(await statement.all()).results.map((row) => Object.values(row))
      counts().queries += 1
      return method(...args)
    })
    const withBind = new Proxy(counting, {
      get: (target, name) =>
        name === 'bind'
          ? (...values: unknown[]) => countingStatement(statement.bind(...values))
          : Reflect.get(target, name),
    })
    real.set(withBind, statement)
    return withBind
  }
  return new Proxy(database, {
    get(target, name) {
      if (name === 'prepare') return (query: string) => countingStatement(target.prepare(query))
      if (name === 'batch')
        return async (statements: D1PreparedStatement[]) =>
          (await target.batch(statements.map((statement) => real.get(statement) ?? statement))).map(counted)
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

type Method = (...args: unknown[]) => unknown

/** The same object, each method of which is replaced by what `wrap` makes of it. */
function proxyOf<T extends object>(target: T, wrap: (name: string, method: Method) => Method): T {
  return new Proxy(target, {
    get(_, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function' || typeof name !== 'string') return value
      return wrap(name, (...args) => Reflect.apply(value, target, args))
    },
  })
}
