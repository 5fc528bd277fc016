/** Values that no message should hold, and ways to put them where they do not belong. */
import fc from 'fast-check'

const nested = (depth: number): unknown => {
  let value: unknown = {}
  for (let i = 0; i < depth; i++) value = i % 2 ? [value] : { a: value }
  return value
}

/** An object with an own property of this name: a literal would set the prototype instead. */
export const withOwn = (name: string, value: unknown): object =>
  Object.defineProperty({}, name, { value, enumerable: true, configurable: true, writable: true })

const prototypeKeys = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then']

export const wrongValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(
    null,
    true,
    false,
    '',
    ' ',
    '\u0000',
    '\ud800',
    'null',
    '__proto__',
    '../../x',
    '🦊'.repeat(40),
  ),
  fc.constantFrom(0, -0, -1, 1, 1.5, 255, 256, 65_535, 65_536, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 63), 1e308),
  fc.integer(),
  fc.string({ maxLength: 80 }),
  fc.constantFrom(65, 300, 5000).map((length) => 'x'.repeat(length)),
  fc.constantFrom([], {}, [[]], [null], [{}]),
  fc.constantFrom(100, 2000).map((length) => Array.from({ length }, (_, i) => i)),
  fc.constantFrom(20, 400).map(nested),
  fc.constantFrom(...prototypeKeys).map((key) => withOwn(key, { polluted: true })),
)

export type Mutation =
  | { is: 'replace' | 'append'; at: number; value: unknown }
  | { is: 'remove' | 'repeat'; at: number }
  | { is: 'rename'; at: number; name: string }

export const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ is: fc.constant('replace'), at: fc.nat(200), value: wrongValue }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('append'), at: fc.nat(200), value: wrongValue }) },
  { weight: 2, arbitrary: fc.record({ is: fc.constantFrom('remove', 'repeat'), at: fc.nat(200) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      is: fc.constant('rename'),
      at: fc.nat(200),
      name: fc.constantFrom(...prototypeKeys, 'x'),
    }),
  },
)

/** A copy of the value, changed at one of its places: all of them count, from the outermost to each leaf. */
export function mutated(value: unknown, change: Mutation): unknown {
  const places = countPlaces(value)
  let place = change.at % places
  const visit = (current: unknown): unknown => {
    if (place-- === 0) return changed(current, change)
    if (Array.isArray(current)) return current.map(visit)
    if (typeof current !== 'object' || current === null) return current
    return Object.fromEntries(Object.entries(current).map(([key, entry]) => [key, visit(entry)]))
  }
  return visit(value)
}

function countPlaces(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce((sum: number, entry: unknown) => sum + countPlaces(entry), 1)
}

/** How often an element is repeated: enough for "too many", not enough for a frame that is too large. */
const REPEATS = 60

function changed(value: unknown, change: Mutation): unknown {
  switch (change.is) {
    case 'replace':
      return change.value
    case 'append':
      if (Array.isArray(value)) return [...value, change.value]
      return typeof value === 'object' ? { ...value, added: change.value } : change.value
    case 'remove':
      if (Array.isArray(value)) return value.slice(1)
      return typeof value === 'object' && value !== null
        ? Object.fromEntries(Object.entries(value).slice(1))
        : undefined
    case 'repeat':
      return Array.isArray(value) ? Array.from({ length: REPEATS }, () => value[0]) : [value, value]
    case 'rename': {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return change.name
      const [first, ...rest] = Object.entries(value)
      return Object.assign(withOwn(change.name, first?.[1]), Object.fromEntries(rest))
    }
    default:
      return change satisfies never
  }
}
