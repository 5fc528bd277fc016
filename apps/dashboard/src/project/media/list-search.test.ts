import { describe, expect, it } from 'vitest'
import { idIn, isNarrowed, listSearchSchema } from './list-search.ts'

const id = '6f1c2f0e-3b57-4f6e-8a8e-0d5d8c1f2a3b'

describe('the search of a list', () => {
  it('is taken from an address', () => {
    const search = { page: 2, state: 'open', id, day: '2026-11-23' }
    expect(listSearchSchema.parse(search)).toEqual(search)
  })

  it.each([
    { page: 0 },
    { page: 'x' },
    { state: 'closed' },
    { id: 'call' },
    { day: '2026-13-01' },
    { day: 20261123 },
  ])('ignores %o', (search) => {
    const parsed = listSearchSchema.parse(search)
    expect([isNarrowed(parsed), parsed.page]).toEqual([false, undefined])
  })

  it('finds the id in what was pasted', () => {
    expect([idIn(` ${id.toUpperCase()}\n`), idIn(id.slice(1)), idIn('')]).toEqual([id, null, null])
  })
})
