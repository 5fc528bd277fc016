import { describe, expect, it } from 'vitest'
import { videoEncodings } from './video-encodings.ts'

const codec = <T extends string>(name: T) =>
  ({ kind: 'video', mimeType: `video/${name}`, clockRate: 90_000, preferredPayloadType: 96 }) as const
const [vp8, vp9, h264, av1] = [codec('VP8'), codec('VP9'), codec('H264'), codec('AV1')]

describe('videoEncodings', () => {
  it('sends three layers of a picture that is large enough', () => {
    const { encodings, codec } = videoEncodings({ codecs: [vp9, vp8] }, { height: 720 })
    expect(encodings.map((encoding) => encoding.scaleResolutionDownBy)).toEqual([4, 2, 1])
    expect(codec).toBe(vp8)
  })

  it('sends one layer of a small picture', () => {
    expect(videoEncodings({ codecs: [vp8] }, { height: 180 }).encodings).toHaveLength(1)
    expect(videoEncodings({ codecs: [vp8] }, {}).encodings).toHaveLength(1)
    expect(videoEncodings({ codecs: [vp9] }, { height: 180 }, 'vp9').encodings).toEqual([
      { scalabilityMode: 'L1T3', maxBitrate: 500_000 },
    ])
  })

  it('sends the codec that is preferred: VP9 as SVC, H.264 as simulcast', () => {
    const capabilities = { codecs: [vp8, vp9, h264] }
    const svc = videoEncodings(capabilities, { width: 1280, height: 720 }, 'vp9')
    expect(svc).toEqual({ codec: vp9, encodings: [{ scalabilityMode: 'L3T3_KEY', maxBitrate: 1_500_000 }] })
    const simulcast = videoEncodings(capabilities, { height: 720 }, 'h264')
    expect(simulcast.codec).toBe(h264)
    expect(simulcast.encodings).toHaveLength(3)
    expect(simulcast.encodings[0]).not.toHaveProperty('scalabilityMode')
  })

  it.each([
    [1280, 720, 'L3T3_KEY'],
    [960, 540, 'L3T3_KEY'],
    [640, 360, 'L2T3_KEY'],
    [480, 640, 'L2T3_KEY'],
    [800, 600, 'L2T3_KEY'],
    [960, 720, 'L3T3_KEY'],
    [720, 1280, 'L3T3_KEY'],
  ])('sends VP9 of %i by %i as %s', (width, height, scalabilityMode) => {
    const { encodings } = videoEncodings({ codecs: [vp9] }, { width, height }, 'vp9')
    expect(encodings).toEqual([{ scalabilityMode, maxBitrate: 1_500_000 }])
  })

  it('sends AV1 in one size, whatever the picture', () => {
    expect(videoEncodings({ codecs: [vp8, av1] }, { height: 720 }, 'av1')).toEqual({
      codec: av1,
      encodings: [{ scalabilityMode: 'L1T3', maxBitrate: 1_500_000 }],
    })
  })

  it('sends VP8 where the preferred codec is not to be had, and what the room has where VP8 is not', () => {
    expect(videoEncodings({ codecs: [vp8] }, { height: 720 }, 'av1').codec).toBe(vp8)
    expect(videoEncodings({ codecs: [] }, { height: 720 })).toEqual({
      encodings: [{ maxBitrate: 1_500_000 }],
    })
  })
})
