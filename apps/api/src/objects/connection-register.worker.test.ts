/**
 * Generated histories of a project's places: whoever opens, makes, confirms or ends a connection may die
 * or be evicted between any two steps, and any word may be said twice or get lost. The count is compared
 * with the truth after each step.
 */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { type CallId, newCallId, newCallToken } from '@radist-tech/protocol'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { NO_ACCESS } from '../domain/project-access.ts'
import { passTime, restoreTime } from '../testing/clock.ts'
import { newProject, type TestProject } from '../testing/project-fixture.ts'
import { joinCall } from '../testing/test-peer.ts'
import { withUnreachable } from '../testing/unreachable-objects.ts'

const LIMIT = 4
const RUNS = 40
/** On a slow machine fewer have to do, in milliseconds. */
const ENOUGH_MS = 20_000

type Action =
  /** A create that gets so far before it dies: a place and no call, or all of it. */
  | { do: 'reserve' }
  | { do: 'create' }
  /** The half-made one's other half, however late. */
  | { do: 'make'; which: number }
  | { do: 'reserve again'; which: number }
  | { do: 'end'; which: number; isWordLost: boolean }
  | { do: 'end again'; which: number }
  | { do: 'settle' }
  | { do: 'evict' }
  | { do: 'evict call'; which: number }

const which = fc.nat(5)
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('reserve') }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('create') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('make'), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reserve again'), which }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('end'), which, isWordLost: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('end again'), which }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('settle') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('evict') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('evict call'), which }) },
)

interface Connection {
  callId: CallId
  sequence: number
  callToken: string
  tokenHash: string
  wasMade: boolean
  /** `unheard`: it is over, and the project does not know. */
  state: 'reserved' | 'open' | 'unheard' | 'closed'
}

class Places {
  readonly #owner: TestProject
  readonly #all: Connection[] = []

  constructor(owner: TestProject) {
    this.#owner = owner
  }

  get total(): number {
    return this.#all.length
  }

  get taken(): number {
    return this.#all.filter(({ state }) => state !== 'closed').length
  }

  get #project() {
    return env.PROJECT.getByName(this.#owner.projectId)
  }

  async act(action: Action): Promise<void> {
    switch (action.do) {
      case 'reserve':
        await this.#reserve()
        return
      case 'create': {
        const made = await this.#reserve()
        if (made) await this.#make(made)
        return
      }
      case 'make':
        await this.#with(action.which, ['reserved', 'closed'], (each) => this.#make(each))
        return
      case 'reserve again':
        await this.#with(action.which, ['reserved', 'open'], async ({ callId, sequence }) => {
          expect(await this.#open(callId)).toMatchObject({ ok: true, sequence })
        })
        return
      case 'end':
        await this.#with(action.which, ['open'], (each) => this.#end(each, action.isWordLost))
        return
      case 'end again':
        await this.#with(action.which, ['closed'], ({ callId }) =>
          this.#project.closeConnection('call', callId),
        )
        return
      case 'settle':
        await this.settle()
        return
      case 'evict':
        await this.#project.openConnections()
        await evictDurableObject(this.#project)
        return
      case 'evict call':
        await this.#with(action.which, ['open', 'unheard'], async ({ callId }) => {
          await env.CALL.getByName(callId).status()
          await evictDurableObject(env.CALL.getByName(callId))
        })
    }
  }

  count(): Promise<number> {
    return this.#project.openConnections()
  }

  /** Time enough for every reservation to be looked after, and every lost word to be said again. */
  async settle(): Promise<void> {
    passTime(31_000)
    await runDurableObjectAlarm(this.#project)
    for (const each of this.#all) if (each.state === 'reserved') each.state = 'closed'
    for (const each of this.#all.filter(({ state }) => state === 'unheard')) {
      await runDurableObjectAlarm(env.CALL.getByName(each.callId))
      each.state = 'closed'
    }
  }

  #open(id: CallId) {
    const connection = { kind: 'call' as const, id, createdAt: Date.now() }
    return this.#project.openConnection(this.#owner.projectId, { kind: 'trusted' }, connection)
  }

  async #reserve(): Promise<Connection | null> {
    const callId = newCallId()
    const isFull = this.taken === LIMIT
    const opened = await this.#open(callId)
    if (isFull) {
      expect(opened).toEqual({ ok: false, code: 'connection_limit_reached' })
      return null
    }
    expect(opened).toMatchObject({ ok: true, sequence: this.total + 1 })
    const { token, secretHash } = newCallToken(callId)
    const reserved = { callId, sequence: this.total + 1, callToken: token, tokenHash: secretHash }
    const connection: Connection = { ...reserved, wasMade: false, state: 'reserved' }
    this.#all.push(connection)
    return connection
  }

  async #make(connection: Connection): Promise<void> {
    const { projectId, publicKey } = this.#owner
    const { callId, sequence, tokenHash, state } = connection
    const made = await env.CALL.getByName(callId).create({
      projectId,
      callId,
      sequence,
      createdAt: Date.now(),
      accessControl: 'public',
      hasWebhooks: false,
      access: { ...NO_ACCESS, publicKeys: [{ key: publicKey, expiresAt: null }], allowedOrigins: 'all' },
      tokens: [{ hash: tokenHash, expiresAt: Date.now() + 86_400_000 }],
    })
    // A reservation that was given up stays so; a call that was made is that call, also when it has ended.
    expect(made.ok).toBe(state === 'reserved' || connection.wasMade)
    if (state !== 'reserved') return
    connection.wasMade = true
    connection.state = 'open'
  }

  async #end(connection: Connection, isWordLost: boolean): Promise<void> {
    const untold = isWordLost ? ['place'] : []
    const { projectId, publicKey } = this.#owner
    await withUnreachable(
      (name) => isWordLost && name === projectId,
      async () => {
        const { socket } = await joinCall(publicKey, connection.callToken)
        socket.send({ type: 'bye' })
        await socket.closed
        await expect.poll(() => this.#untold(connection.callId), { interval: 2 }).toEqual(untold)
      },
    )
    connection.state = isWordLost ? 'unheard' : 'closed'
  }

  /** Whom the call still has to tell of its end, once it has tried. */
  #untold(callId: CallId): Promise<unknown[]> {
    return runInDurableObject(env.CALL.getByName(callId), (_, { storage }) =>
      storage.sql
        .exec('SELECT target FROM outbox')
        .toArray()
        .map(({ target }) => target),
    )
  }

  async #with(
    index: number,
    states: Connection['state'][],
    act: (connection: Connection) => Promise<void>,
  ): Promise<void> {
    const fitting = this.#all.filter(({ state }) => states.includes(state))
    const connection = fitting[index % Math.max(1, fitting.length)]
    if (connection) await act(connection)
  }
}

beforeAll(() => {
  vi.spyOn(console, 'warn').mockReturnValue()
  passTime(86_400_000)
})
afterAll(() => {
  vi.restoreAllMocks()
  restoreTime()
})

async function happen(actions: readonly Action[]): Promise<void> {
  const owner = await newProject({ connectionLimit: LIMIT })
  const places = new Places(owner)
  for (const action of actions) {
    await places.act(action)
    expect(await places.count(), action.do).toBe(places.taken)
    expect(places.taken).toBeLessThanOrEqual(LIMIT)
  }
  await places.settle()
  expect(await places.count()).toBe(places.taken)
  // Every number is listed, once: no gap where somebody died half-way.
  const rows = env.DB.prepare('SELECT sequence FROM calls WHERE project_id = ? ORDER BY sequence')
  const numbers = Array.from({ length: places.total }, (_, i) => ({ sequence: i + 1 }))
  await expect
    .poll(async () => (await rows.bind(owner.projectId).all()).results, { timeout: 5000 })
    .toEqual(numbers)
}

it('counts what is open and nothing else, whoever dies on the way', async () => {
  await fc.assert(fc.asyncProperty(fc.array(action, { maxLength: 30, size: 'max' }), happen), {
    numRuns: RUNS,
    endOnFailure: true,
    interruptAfterTimeLimit: ENOUGH_MS,
  })
}, 120_000)
