import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeDeliveredData,
  decodeSentData,
  encodeDeliveredData,
  encodeLostData,
  encodeSentData,
  MAX_DATA_FRAME_BYTES,
  MAX_DATA_MESSAGE_BYTES,
} from './data-frames.ts'
import { newParticipantId } from './ids.ts'

const id = fc.constant(null).map(newParticipantId)
const payload = fc.uint8Array({ maxLength: 200 })

describe('data frames', () => {
  it('say what was put in', () => {
    const sent = fc.record({ to: fc.option(id), isText: fc.boolean(), payload })
    fc.assert(
      fc.property(sent, (data) => {
        expect(decodeSentData(encodeSentData(data))).toEqual(data)
      }),
    )
    const delivered = fc.record({ from: id, isPrivate: fc.boolean(), isText: fc.boolean(), payload })
    fc.assert(
      fc.property(delivered, (data) => {
        expect(decodeDeliveredData(encodeDeliveredData(data))).toEqual({ type: 'message', ...data })
      }),
    )
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 32 - 1 }), (count) => {
        expect(decodeDeliveredData(encodeLostData(count))).toEqual({ type: 'lost', count })
      }),
    )
  })

  it('of any other bytes are none, and nothing of theirs is taken for an id or a loss that is not', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const sent = decodeSentData(bytes)
        if (sent) expect(encodeSentData(sent)).toEqual(bytes)
        const delivered = decodeDeliveredData(bytes)
        if (delivered?.type === 'message') expect(encodeDeliveredData(delivered)).toEqual(bytes)
        if (delivered?.type === 'lost') expect(encodeLostData(delivered.count)).toEqual(bytes)
      }),
    )
    const addressed = encodeSentData({ to: newParticipantId(), isText: true, payload: new Uint8Array() })
    expect(decodeSentData(addressed.subarray(0, -1))).toBeNull()
    expect(decodeSentData(encodeLostData(3))).toBeNull()
    expect(decodeSentData(new Uint8Array())).toBeNull()
    expect(decodeDeliveredData(encodeLostData(3).subarray(0, 4))).toBeNull()
    expect(decodeDeliveredData(Uint8Array.of(...encodeLostData(3), 0))).toBeNull()
  })

  it('with the largest payload fit into one message', () => {
    const largest = new Uint8Array(MAX_DATA_MESSAGE_BYTES)
    const frame = encodeSentData({ to: newParticipantId(), isText: false, payload: largest })
    expect(frame.length).toBeLessThanOrEqual(MAX_DATA_FRAME_BYTES)
  })
})
