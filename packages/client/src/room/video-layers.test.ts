import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fittedEncodings, maxBitrate, type Picture, simulcastLayers, svcLayers } from './video-layers.ts'

const side = fc.integer({ min: 1, max: 4096 })
const anyPicture = fc.record({ width: side, height: side, isScreen: fc.boolean() })
const hd: Picture = { width: 1280, height: 720, isScreen: false }
const middle: Picture = { width: 640, height: 360, isScreen: false }

/** How many of its encodings libwebrtc sends, as it puts it: by the first entry whose pixels the picture has. */
function sentByBrowsers({ width, height }: Picture): number {
  const pixels = width * height
  if (pixels >= 518_400) return 3
  return pixels >= 129_600 ? 2 : 1
}

describe('layers', () => {
  it('of simulcast are as many as browsers send, each larger than the one before, and the last is the whole', () => {
    fc.assert(
      fc.property(anyPicture, fc.integer({ min: 1, max: 3 }), (picture, most) => {
        const layers = simulcastLayers(picture, most)
        expect(layers).toHaveLength(Math.min(most, sentByBrowsers(picture)))
        expectRising(layers.map(({ scale }) => picture.width / scale))
        expect(layers.at(-1)).toEqual({ scale: 1, maxBitrate: maxBitrate(picture) })
        for (const { scale, maxBitrate: bitrate } of layers)
          expect(bitrate).toBe(maxBitrate({ width: picture.width / scale, height: picture.height / scale }))
      }),
    )
  })

  it('of SVC are none smaller than browsers make them', () => {
    fc.assert(
      fc.property(anyPicture, (picture) => {
        const layers = svcLayers(picture)
        const [longer, shorter] = [picture.width, picture.height].sort((a, b) => b - a) as [number, number]
        for (const { scale } of layers.slice(0, -1)) {
          expect(longer / scale).toBeGreaterThanOrEqual(240)
          expect(shorter / scale).toBeGreaterThanOrEqual(135)
        }
        const isFull = longer / 2 ** layers.length < 240 || shorter / 2 ** layers.length < 135
        expect(layers.length === 3 || isFull || picture.isScreen).toBe(true)
        expectRising(layers.map(({ scale }) => picture.width / scale))
        expect(layers.at(-1)?.scale).toBe(1)
      }),
    )
  })

  it('have no fewer bits for more pixels', () => {
    fc.assert(
      fc.property(anyPicture, anyPicture, (a, b) => {
        const isLarger = a.width * a.height >= b.width * b.height
        expect(isLarger ? maxBitrate(a) >= maxBitrate(b) : maxBitrate(a) <= maxBitrate(b)).toBe(true)
      }),
    )
  })
})

describe('encodings that are sent already', () => {
  const published = (count: number) => Array.from({ length: count }, () => ({ scalabilityMode: 'L1T3' }))

  it('send a smaller picture whole, and those that are too many rest', () => {
    expect(fittedEncodings(published(3), middle)).toEqual({
      encodings: [
        { scaleResolutionDownBy: 2, maxBitrate: 200_000, active: true },
        { scaleResolutionDownBy: 1, maxBitrate: 700_000, active: true },
        { scaleResolutionDownBy: 1, maxBitrate: 700_000, active: false },
      ],
      scales: [2, 1],
    })
  })

  it('are no more for a larger picture', () => {
    expect(fittedEncodings(published(2), hd)).toEqual({
      encodings: [
        { scaleResolutionDownBy: 2, maxBitrate: 700_000, active: true },
        { scaleResolutionDownBy: 1, maxBitrate: 2_500_000, active: true },
      ],
      scales: [2, 1],
    })
    expect(fittedEncodings(published(1), hd)).toEqual({
      encodings: [{ maxBitrate: 2_500_000, active: true }],
      scales: [1],
    })
  })

  it.each([
    { picture: hd, mode: 'L3T3_KEY', scales: [4, 2, 1] },
    { picture: middle, mode: 'L2T3_KEY', scales: [2, 1] },
    { picture: { ...hd, isScreen: true }, mode: 'L1T3', scales: [1] },
  ])('of SVC carry $scales.length sizes of $picture', ({ picture, mode, scales }) => {
    const fitted = fittedEncodings([{ scalabilityMode: 'L3T3_KEY' }], picture)
    expect(fitted.scales).toEqual(scales)
    expect(fitted.encodings.map(({ scalabilityMode }) => scalabilityMode)).toEqual([mode])
  })

  it('say of each that is sent by how much it divides the picture, the whole one last', () => {
    fc.assert(
      fc.property(anyPicture, fc.integer({ min: 2, max: 3 }), (picture, count) => {
        const { encodings, scales } = fittedEncodings(published(count), picture)
        expect(encodings).toHaveLength(count)
        const active = encodings.filter((encoding) => encoding.active)
        expect(encodings.slice(0, active.length)).toEqual(active)
        expect(active.map(({ scaleResolutionDownBy }) => scaleResolutionDownBy)).toEqual(scales)
        expect(scales.at(-1)).toBe(1)
        expect(active.length).toBeLessThanOrEqual(sentByBrowsers(picture))
      }),
    )
  })
})

function expectRising(sizes: number[]): void {
  expect(sizes).toEqual([...new Set(sizes)].sort((a, b) => a - b))
}
