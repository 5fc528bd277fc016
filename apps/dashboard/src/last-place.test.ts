import { expect, it } from 'vitest'
import { currentOrganization } from './last-place.ts'

const [a, b] = [{ organizationId: 'a' }, { organizationId: 'b' }]

it.each([
  { all: [a, b], last: 'b', current: b },
  { all: [a, b], last: null, current: a },
  { all: [a, b], last: 'left', current: a },
  { all: [], last: 'a', current: null },
])('of $all, after $last: $current', ({ all, last, current }) => {
  expect(currentOrganization(all, last)).toBe(current)
})
