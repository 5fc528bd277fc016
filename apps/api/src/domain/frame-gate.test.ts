import { MAX_FRAME_BYTES } from '@radist-tech/protocol'
import { expect, it } from 'vitest'
import { openGate, passGate } from './frame-gate.ts'

const verdictOf = (data: string | ArrayBuffer) => passGate(openGate(0), data, 0).verdict

it('reads frames, and says what is wrong with those that it does not', () => {
  expect(verdictOf('{"type":"offer","sdp":"x","more":1}')).toEqual({
    kind: 'frame',
    frame: { type: 'relayed', open: '{"type":"offer","sdp":"x"' },
  })
  expect(verdictOf('{"type":"ping" }')).toEqual({ kind: 'ping' })
  expect(verdictOf('{"type":"offer","sdp":1}')).toMatchObject({ code: 'malformed' })
  expect(verdictOf('{"type":"connected"}')).toMatchObject({ code: 'unknown-type' })
  expect(verdictOf('{"type":1}')).toMatchObject({ code: 'malformed' })
  expect(verdictOf('"offer"')).toMatchObject({ code: 'malformed' })
  expect(verdictOf(new ArrayBuffer(0))).toMatchObject({ code: 'malformed' })
})

it('counts bytes, not characters', () => {
  const envelope = JSON.stringify({ type: 'offer', sdp: '' }).length
  const offer = (sdp: string) => JSON.stringify({ type: 'offer', sdp })
  expect(verdictOf(offer('x'.repeat(MAX_FRAME_BYTES - envelope)))).toMatchObject({ kind: 'frame' })
  expect(verdictOf(offer('x'.repeat(MAX_FRAME_BYTES - envelope + 1)))).toMatchObject({ code: 'too-large' })
  expect(verdictOf(offer('é'.repeat((MAX_FRAME_BYTES - envelope) / 2 + 1)))).toMatchObject({
    code: 'too-large',
  })
})

it('takes ten refused frames in a burst, and calls the eleventh one', () => {
  let gate = openGate(0)
  const bursts = Array.from({ length: 11 }, () => {
    const passed = passGate(gate, 'x', 0)
    gate = passed.gate
    return passed.verdict.kind === 'refused' && passed.verdict.isBurst
  })
  expect(bursts).toEqual([...Array<boolean>(10).fill(false), true])
  expect(passGate(gate, 'x', 60_000).verdict).toMatchObject({ isBurst: false })
})
