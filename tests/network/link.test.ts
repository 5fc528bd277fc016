import { describe, expect, it } from 'vitest'
import { Link } from './link.ts'

/** Draws these numbers, over and over. */
function drawing(...numbers: number[]): () => number {
  let drawn = 0
  return () => numbers[drawn++ % numbers.length] ?? 0
}

describe('a link', () => {
  it('lets everything through at once, unless told', () => {
    expect(new Link().arrival(1200, 5)).toBe(5)
  })

  it('loses its share', () => {
    const link = new Link(drawing(0.04, 0.06, 0.5))
    link.conditions = { ...link.conditions, loss: 0.05 }
    expect(link.arrival(1200, 0)).toBeNull()
    expect(link.arrival(1200, 0)).toBe(0)
  })

  it('delays, and lets some be overtaken', () => {
    const link = new Link(drawing(0.9, 0.05, 0.9, 0.5))
    link.conditions = { ...link.conditions, delayMs: 100, reordered: 0.1 }
    const [overtaken, next] = [link.arrival(100, 0), link.arrival(100, 10)]
    expect(next).toBe(110)
    expect(overtaken).toBeGreaterThan(110)
  })

  it('passes no more bits than it may, and drops what would wait too long', () => {
    const link = new Link()
    link.conditions = { ...link.conditions, bitsPerSecond: 80_000 }
    const arrivals = Array.from({ length: 10 }, () => link.arrival(1000, 0))
    // 1,000 bytes take 100 ms; the fourth finds 300 ms waiting before it.
    expect(arrivals).toEqual([100, 200, 300, ...Array(7).fill(null)])
    expect(link.arrival(1000, 200)).toBe(400)
  })
})
