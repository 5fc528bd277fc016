import { describe, expect, it } from 'vitest'
import { videoEncodings } from './video-encodings.ts'

const codec = <T extends string>(name: T) =>
  ({ kind: 'video', mimeType: `video/${name}`, clockRate: 90_000, preferredPayloadType: 96 }) as const
const [vp8, vp9, h264, av1] = [codec('VP8'), codec('VP9'), codec('H264'), codec('AV1')]

const picture = (width: number, height: number, isScreen = false) => ({ width, height, isScreen })
const hd = picture(1280, 720)

describe('videoEncodings', () => {
  it.each([
    [1920, 1080, [450_000, 1_200_000, 5_000_000]],
    [1280, 720, [200_000, 700_000, 2_500_000]],
    [960, 540, [200_000, 450_000, 1_200_000]],
    [540, 960, [200_000, 450_000, 1_200_000]],
    [640, 480, [266_667, 833_333]],
    [640, 360, [200_000, 700_000]],
    [480, 270, [200_000, 450_000]],
    [479, 270, [449_063]],
    [320, 180, [200_000]],
    [16, 9, [200_000]],
  ])('sends as many layers of %i by %i as browsers do, each by its size', (width, height, bitrates) => {
    const { encodings, codec } = videoEncodings({ codecs: [vp9, vp8] }, picture(width, height))
    expect(encodings.map(({ maxBitrate }) => maxBitrate)).toEqual(bitrates)
    expect(encodings.map(({ scaleResolutionDownBy }) => scaleResolutionDownBy)).toEqual(
      [4, 2, 1].slice(-bitrates.length),
    )
    expect(codec).toBe(vp8)
  })

  it('sends the codec that is preferred: VP9 as SVC, H.264 as simulcast', () => {
    const capabilities = { codecs: [vp8, vp9, h264] }
    const svc = videoEncodings(capabilities, hd, 'vp9')
    expect(svc).toEqual({ codec: vp9, encodings: [{ scalabilityMode: 'L3T3_KEY', maxBitrate: 3_400_000 }] })
    const simulcast = videoEncodings(capabilities, hd, 'h264')
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
    [480, 270, 'L2T3_KEY'],
    [479, 270, 'L1T3'],
    [960, 269, 'L1T3'],
    [1, 1, 'L1T3'],
  ])('sends VP9 of %i by %i as %s', (width, height, scalabilityMode) => {
    const { encodings } = videoEncodings({ codecs: [vp9] }, picture(width, height), 'vp9')
    expect(encodings.map((encoding) => encoding.scalabilityMode)).toEqual([scalabilityMode])
    expect(encodings[0]?.maxBitrate).toBeGreaterThanOrEqual(200_000)
  })

  it('sends a screen in one size in VP9, and in several in VP8', () => {
    const screen = { ...hd, isScreen: true }
    const capabilities = { codecs: [vp8, vp9] }
    expect(videoEncodings(capabilities, screen, 'vp9').encodings).toEqual([
      { scalabilityMode: 'L1T3', maxBitrate: 2_500_000 },
    ])
    expect(videoEncodings(capabilities, screen).encodings).toHaveLength(3)
  })

  it('sends AV1 in one size, whatever the picture', () => {
    expect(videoEncodings({ codecs: [vp8, av1] }, hd, 'av1')).toEqual({
      codec: av1,
      encodings: [{ scalabilityMode: 'L1T3', maxBitrate: 2_500_000 }],
    })
  })

  it('sends VP8 where the preferred codec is not to be had, and what the room has where VP8 is not', () => {
    expect(videoEncodings({ codecs: [vp8] }, hd, 'av1').codec).toBe(vp8)
    expect(videoEncodings({ codecs: [] }, hd)).toEqual({ encodings: [{ maxBitrate: 2_500_000 }] })
  })
})
