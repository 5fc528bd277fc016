import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeMessage, encodeMessage, wireLength } from './message-framing.ts'

/** What the other side gets: a data channel hands strings on as they are, and bytes as an ArrayBuffer. */
function overTheWire(data: Parameters<typeof encodeMessage>[0]) {
  const wire = encodeMessage(data)
  if (typeof wire === 'string' || wire instanceof ArrayBuffer) return decodeMessage(wire)
  return decodeMessage(wire.buffer.slice(wire.byteOffset, wire.byteOffset + wire.byteLength))
}

describe('message framing', () => {
  it('brings any text over as text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `\u0001${text}`),
          fc.string().map((text) => `\u0002${text}`),
          fc.json().map((text) => `\u0001${text}`),
        ),
        (text) => {
          expect(overTheWire(text)).toEqual({ kind: 'text', data: text })
        },
      ),
    )
  })

  it('brings JSON over as JSON', () => {
    for (const data of [{ a: [1, null, 'x'] }, [], 0, true, null]) {
      expect(overTheWire(data)).toEqual({ kind: 'json', data })
    }
  })

  it('brings bytes over as binary, only those of the view', () => {
    const view = new Uint8Array([1, 2, 3, 4]).subarray(1, 3)
    expect(overTheWire(view)).toEqual({ kind: 'binary', data: new Uint8Array([2, 3]).buffer })
    expect(overTheWire(new ArrayBuffer(0))).toEqual({ kind: 'binary', data: new ArrayBuffer(0) })
  })

  it('leaves plain text plain, for peers without this SDK', () => {
    expect(encodeMessage('hello')).toBe('hello')
  })

  it('takes broken JSON for text', () => {
    expect(decodeMessage('\u0001{')).toEqual({ kind: 'text', data: '\u0001{' })
  })

  it('measures in bytes of UTF-8', () => {
    expect(wireLength('é')).toBe(2)
    expect(wireLength(new Uint8Array(5))).toBe(5)
  })
})
