import { describe, expect, it } from 'vitest'
import { placeOf } from './place.ts'

const id = '6f1c2f0e-3b57-4f6e-8a8e-0d5d8c1f2a3b'

describe('placeOf', () => {
  it.each([
    ['call', id, { kind: 'call', id }],
    ['room', id.toUpperCase(), { kind: 'room', id }],
    ['call', '1', null],
    ['call', `${id}0`, null],
    ['room', '', null],
  ] as const)('%s %s', (kind, text, place) => {
    expect(placeOf(kind, text)).toEqual(place)
  })
})
