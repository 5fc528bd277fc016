/**
 * Frames that an attacker who knows the protocol would send: requests made from the protocol's own
 * schemas, so that a new method is attacked as soon as it is in the map, most of them then bent.
 */
import { roomMethods, roomRequests } from '@radist-tech/protocol'
import fc from 'fast-check'
import { z } from 'zod'
import {
  dtlsParameters,
  ROUTER_CAPABILITIES,
  rtpCapabilities,
  rtpParameters,
  validVideo,
} from './media-parameters.ts'
import { type Mutation, mutated, mutation, withOwn, wrongValue } from './wrong-values.ts'

/** Whose thing an id is of: the attacker's own, of somebody in its room, of another room, of nobody. */
const owners = ['own', 'inside', 'outside', 'nobody'] as const
export type Owner = (typeof owners)[number]
export type Thing = 'send' | 'recv' | 'producer' | 'consumer' | 'dataProducer' | 'dataConsumer'
/** Stands for an id that is known only when the frame is sent. */
export const idOf = (owner: Owner, thing: Thing): string => `$${owner}.${thing}`

const idAmong = (...things: Thing[]): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.oneof(
        { weight: 6, arbitrary: fc.constant('own' as const) },
        { weight: 3, arbitrary: fc.constantFrom(...owners) },
      ),
      fc.constantFrom(...things),
    )
    .map(([owner, thing]) => idOf(owner, thing))

/** What every attacker does first and rightly, so that there is something of its own to go wrong with. */
export const firstSteps: readonly { method: string; data: unknown }[] = [
  { method: 'createTransport', data: { direction: 'send' } },
  { method: 'createTransport', data: { direction: 'recv' } },
  {
    method: 'produce',
    data: { transportId: idOf('own', 'send'), kind: 'video', source: 'camera', rtpParameters: validVideo },
  },
  {
    method: 'consume',
    data: {
      transportId: idOf('own', 'recv'),
      producerId: idOf('inside', 'producer'),
      rtpCapabilities: ROUTER_CAPABILITIES,
    },
  },
]

/** What JSON Schema cannot say: which ids are meant, and what mediasoup checks. */
const byName: Record<string, fc.Arbitrary<unknown>> = {
  transportId: idAmong('send', 'send', 'recv', 'recv', 'producer'),
  producerId: idAmong('producer', 'producer', 'consumer'),
  consumerId: idAmong('consumer', 'consumer', 'producer'),
  dataProducerId: idAmong('dataProducer', 'dataProducer', 'producer'),
  dataConsumerId: idAmong('dataConsumer'),
  rtpParameters,
  rtpCapabilities,
  dtlsParameters,
  streamId: fc.constantFrom(0, 1, 2, 1023, 65_534, 65_535, -1, 1.5),
}

const jsonSchema = z.object({
  type: z.string().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  enum: z.array(z.unknown()).optional(),
  anyOf: z.array(z.unknown()).optional(),
  items: z.unknown().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
})

function arbitraryOf(schema: unknown, name = ''): fc.Arbitrary<unknown> {
  const special = byName[name]
  if (special) return special
  const { type, properties, enum: values, anyOf, items, minimum, maximum } = jsonSchema.parse(schema)
  if (values) return fc.constantFrom(...values)
  if (anyOf) return fc.oneof(...anyOf.map((one) => arbitraryOf(one)))
  switch (type) {
    case 'object':
      return fc.record(
        Object.fromEntries(
          Object.entries(properties ?? {}).map(([key, one]) => [key, arbitraryOf(one, key)]),
        ),
      )
    case 'array':
      return fc.array(arbitraryOf(items), { maxLength: 5 })
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return fc.integer({
        min: Math.max(minimum ?? 0, -(2 ** 31)),
        max: Math.min(maximum ?? 10_000, 2 ** 31),
      })
    case 'number':
      return fc.double({ noNaN: true })
    case 'string':
      return fc.string({ maxLength: 60 })
    default:
      return wrongValue
  }
}

/** Leaving is an act of its own: a session is to last. */
const requests = roomMethods
  .filter((method) => method !== 'leave')
  .map((method) => {
    const schema = z.toJSONSchema(roomRequests[method].data, { io: 'input', unrepresentable: 'any' })
    return arbitraryOf(schema).map((data) => ({ method: method as string, data }))
  })

const bent = fc.option(mutation, { freq: 2, nil: null })

export type HostileAct =
  /** A request; `wait`: the next frame is sent after its answer. */
  | { is: 'request'; method: string; data: unknown; bend: Mutation | null; wait: boolean }
  | { is: 'text'; text: string }
  | { is: 'binary'; size: number }
  | { is: 'flood'; count: number }
  /** The socket goes, and comes back with a good or a bad token. */
  | { is: 'reconnect'; token: 'good' | 'old' | 'other'; lastSeq: string }
  | { is: 'leave' }

const asked = fc.oneof(
  { weight: 2 * requests.length, arbitrary: fc.oneof(...requests) },
  {
    weight: 2,
    arbitrary: fc.record({
      method: fc.constantFrom(
        '__proto__',
        'constructor',
        'toString',
        'Ping',
        '',
        'x'.repeat(64),
        'x'.repeat(65),
      ),
      data: wrongValue,
    }),
  },
)

const request: fc.Arbitrary<HostileAct> = fc
  .record({ asked, bend: bent, wait: fc.boolean() })
  .map(({ asked: { method, data }, bend, wait }) => ({ is: 'request', method, data, bend, wait }))

const brokenJson = fc.oneof(
  fc.string({ maxLength: 200 }),
  fc.json({ maxDepth: 3 }),
  fc.constantFrom(
    '',
    '{',
    '[]',
    'null',
    '{"id":1}',
    '{"id":1,"method":7}',
    '{"id":1e400,"method":"ping","data":{}}',
    '{"id":-1,"method":"ping"}',
  ),
  fc.constantFrom(1000, 30_000).map((depth) => '['.repeat(depth)),
  fc.constantFrom(1000, 10_000).map((depth) => `${'{"id":'.repeat(depth)}1${'}'.repeat(depth)}`),
  fc.constantFrom(66_000, 200_000).map((length) => 'x'.repeat(length)),
  wrongValue.map((value) => JSON.stringify(withOwn('__proto__', { id: 1, method: 'leave', data: value }))),
)

const act: fc.Arbitrary<HostileAct> = fc.oneof(
  { weight: 90, arbitrary: request },
  { weight: 4, arbitrary: brokenJson.map((text): HostileAct => ({ is: 'text', text })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(0, 1, 1000, 70_000).map((size): HostileAct => ({ is: 'binary', size })),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 20, max: 60 }).map((count): HostileAct => ({ is: 'flood', count })),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      is: fc.constant('reconnect' as const),
      token: fc.constantFrom('good', 'good', 'old', 'other'),
      lastSeq: fc.constantFrom('', '0', '1', '3', '999999999999999', '-1', 'x'),
    }),
  },
)

/** The least that one session sends. */
export const FRAMES_PER_SESSION = 40

/** What one participant does, from its admission to its end. */
const participantActs = fc
  .tuple(
    fc.array(act, { minLength: FRAMES_PER_SESSION, maxLength: 2 * FRAMES_PER_SESSION, size: 'max' }),
    fc.option(fc.constant<HostileAct>({ is: 'leave' }), { freq: 3 }),
  )
  .map(([acts, last]) => (last ? [...acts, last] : acts))

/** What a stranger tries that never gets in. */
export const strangerActs = [
  'half-upgrade',
  'bad-query',
  'bad-token',
  'not-http',
  'large-header',
  'post',
] as const
export type StrangerAct = (typeof strangerActs)[number]

export interface HostileSession {
  participants: HostileAct[][]
  strangers: StrangerAct[]
}

export const hostileSession: fc.Arbitrary<HostileSession> = fc.record({
  participants: fc.array(participantActs, { minLength: 1, maxLength: 3, size: 'max' }),
  strangers: fc.array(fc.constantFrom(...strangerActs), { maxLength: 3, size: 'max' }),
})

/** The request's data as it goes over the wire, its ids put in. */
export function dataOf(
  { data, bend }: { data: unknown; bend: Mutation | null },
  resolve: (placeholder: string) => unknown,
): unknown {
  const fill = (value: unknown): unknown => {
    if (typeof value === 'string') return value.startsWith('$') ? resolve(value) : value
    if (Array.isArray(value)) return value.map(fill)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, fill(entry)]))
  }
  const filled = fill(data)
  return bend ? mutated(filled, bend) : filled
}
