import { describe, expect, it } from 'vitest'
import { cameraEncodings } from './camera-encodings.ts'

const vp8 = { kind: 'video', mimeType: 'video/VP8', clockRate: 90_000, preferredPayloadType: 96 } as const

describe('cameraEncodings', () => {
  it('sends three layers of a picture that is large enough', () => {
    const { encodings, codec } = cameraEncodings({ codecs: [vp8] }, { height: 720 })
    expect(encodings.map((encoding) => encoding.scaleResolutionDownBy)).toEqual([4, 2, 1])
    expect(codec).toBe(vp8)
  })

  it('sends one layer of a small picture', () => {
    expect(cameraEncodings({ codecs: [vp8] }, { height: 180 }).encodings).toHaveLength(1)
    expect(cameraEncodings({ codecs: [vp8] }, {}).encodings).toHaveLength(1)
  })

  it('leaves the codec to the room where VP8 is not to be had', () => {
    expect(cameraEncodings({ codecs: [] }, { height: 720 })).toEqual({
      encodings: [{ maxBitrate: 1_500_000 }],
    })
  })
})
