import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readCursor, writeCursor } from './audit-cursor.ts'

test('whatever is written is read the same', () => {
  const cursors = fc.record({ createdAt: fc.integer({ min: 0, max: 8.64e14 }), id: fc.uuid() })
  fc.assert(
    fc.property(cursors, (cursor) => {
      expect(readCursor(writeCursor(cursor))).toEqual(cursor)
    }),
  )
})

test.each([
  '',
  '1',
  '_',
  '1_x',
  `-1_${crypto.randomUUID()}`,
  `1e3_${crypto.randomUUID()}`,
  `1_${crypto.randomUUID()} `,
])('%j is none', (text) => expect(readCursor(text)).toBeNull())
