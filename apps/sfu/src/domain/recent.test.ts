import { expect, it } from 'vitest'
import { Recent } from './recent.ts'

it('what is recent is remembered, and what was told first is forgotten for it', () => {
  const recent = new Recent<string, number>(2)
  for (const [key, value] of [
    ['a', 1],
    ['b', 2],
    ['a', 3],
    ['c', 4],
  ] as const)
    recent.set(key, value)
  expect(['a', 'b', 'c'].map((key) => recent.get(key))).toEqual([undefined, 2, 4])
})
