/** The rules of layers: which one a receiver gets, which ones a sender sends, who comes first. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { consumerPriority } from './consumer-priority.ts'
import {
  allSent,
  type Dynacast,
  dynacastAfter,
  nextGivenUpAt,
  UNWANTED_MS,
  wantedEncodings,
} from './dynacast.ts'
import { layerFor, layerScales } from './layer-choice.ts'

const hd = { width: 1280, height: 720 }

describe('the layer for a viewport', () => {
  it.each([
    [320, 180, 0],
    [321, 180, 1],
    [320, 181, 1],
    [640, 360, 1],
    [641, 360, 2],
    [4000, 2000, 2],
    [1, 1, 0],
  ])('of %i by %i is %i of three', (width, height, layer) => {
    expect(layerFor({ width, height }, hd, [4, 2, 1])).toBe(layer)
  })

  it('is the largest when a size is not known, whichever index it has', () => {
    expect(layerFor(null, hd, [4, 2, 1])).toBe(2)
    expect(layerFor({ width: 1, height: 1 }, null, [4, 2, 1])).toBe(2)
    expect(layerFor(null, hd, [1, 2, 4])).toBe(0)
  })

  it('halves the picture from layer to layer where the sender does not say', () => {
    expect(layerScales(3)).toEqual([4, 2, 1])
    expect(layerScales(3, [null, 3])).toEqual([4, 3, 1])
  })

  const side = fc.integer({ min: 1, max: 4096 })
  const size = fc.record({ width: side, height: side })
  const scales = fc.array(fc.double({ min: 1, max: 16, noNaN: true }), { minLength: 1, maxLength: 4 })

  it('fills it if any does, and then none that is smaller does', () => {
    fc.assert(
      fc.property(size, size, scales, (viewport, track, all) => {
        const fills = (scale: number) =>
          track.width / scale >= viewport.width && track.height / scale >= viewport.height
        const chosen = all[layerFor(viewport, track, all)] ?? Number.NaN
        const filling = all.filter(fills)
        expect(chosen).toBe(filling.length > 0 ? Math.max(...filling) : Math.min(...all))
      }),
    )
  })
})

describe('the encodings that are wanted', () => {
  it('are all up to the one that anyone prefers, so that it can go down at once', () => {
    expect(wantedEncodings(3, [])).toEqual([false, false, false])
    expect(wantedEncodings(3, [0])).toEqual([true, false, false])
    expect(wantedEncodings(3, [1])).toEqual([true, true, false])
    expect(wantedEncodings(3, [0, 2])).toEqual([true, true, true])
    expect(wantedEncodings(1, [2])).toEqual([true])
    expect(wantedEncodings(1, [])).toEqual([false])
  })

  it('are the union of what each wants, with none missing below', () => {
    const layers = fc.array(fc.nat(3))
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), layers, layers, (encodings, some, others) => {
        const wanted = wantedEncodings(encodings, [...some, ...others])
        const [ofSome, ofOthers] = [wantedEncodings(encodings, some), wantedEncodings(encodings, others)]
        expect(wanted).toEqual(ofSome.map((is, i) => is || ofOthers[i] === true))
        expect(wanted).toEqual([...wanted].sort((a, b) => Number(b) - Number(a)))
      }),
    )
  })
})

describe('dynacast', () => {
  const wants = fc.array(fc.boolean(), { minLength: 3, maxLength: 3 })
  const history = fc.array(fc.record({ wanted: wants, after: fc.integer({ min: 0, max: 3000 }) }))

  it('turns on at once, and off exactly when nobody has wanted it for the while', () => {
    fc.assert(
      fc.property(history, (steps) => {
        let state: Dynacast = allSent(3)
        let now = 0
        const lastWanted = [0, 0, 0]
        let wanted = [true, true, true]
        for (const step of steps) {
          // The owner's timer: the state is looked at whenever something is to be given up.
          const end = now + step.after
          for (let at = nextGivenUpAt(state); at !== null && at <= end; at = nextGivenUpAt(state)) {
            state = dynacastAfter(state, wanted, at)
          }
          now = end
          wanted.forEach((is, i) => {
            if (is) lastWanted[i] = now
          })
          wanted = step.wanted
          state = dynacastAfter(state, wanted, now)
          wanted.forEach((is, i) => {
            if (is) lastWanted[i] = now
          })
          expect(state.told).toEqual(lastWanted.map((at) => now - at < UNWANTED_MS))
        }
      }),
    )
  })

  it('has nothing to wait for when nothing unwanted is sent', () => {
    const off = dynacastAfter(dynacastAfter(allSent(2), [true, false], 0), [true, false], UNWANTED_MS)
    expect(off).toEqual({ told: [true, false], unwantedSince: [null, null] })
    expect(nextGivenUpAt(off)).toBeNull()
  })
})

it('sound comes first, then who speaks, then screens', () => {
  const order = [
    consumerPriority('microphone', false),
    consumerPriority('screen', true),
    consumerPriority('camera', true),
    consumerPriority('screen', false),
    consumerPriority('camera', false),
  ]
  expect(order).toEqual([...new Set(order)].sort((a, b) => b - a))
  expect(consumerPriority('screen-audio', false)).toBe(order[0])
})
