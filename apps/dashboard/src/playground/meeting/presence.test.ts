import { describe, expect, it } from 'vitest'
import { presenceMessage, readPresence } from './presence.ts'

describe('presence', () => {
  it('is read as it was written', () => {
    const presence = { name: 'Ada', microphone: true, camera: false }
    expect(readPresence(presenceMessage(presence))).toEqual(presence)
  })

  it.each([
    [null],
    [[]],
    ['text'],
    [{ name: 'Ada' }],
    [{ ...presenceMessage({ name: '', microphone: true, camera: true }), name: 1 }],
  ])('is not seen in %j', (data) => {
    expect(readPresence(data)).toBeNull()
  })

  it('takes no endless name', () => {
    const message = presenceMessage({ name: 'x'.repeat(1000), microphone: true, camera: true })
    expect(readPresence(message)?.name).toHaveLength(128)
  })
})
