/** How figures are printed. */
import { median } from './median.ts'

/** One side's figures in a row, one of each round. */
export interface Series {
  name: string
  values: readonly number[]
}

/** Medians with their extremes, and each series' median as a ratio of ours, the first, to it. */
export function rowOf(title: string, unit: string, [ours, ...others]: [Series, ...Series[]]): string {
  const figure = ({ name, values }: Series) => {
    const [low, high] = [Math.min(...values), Math.max(...values)]
    return `${name} ${short(median(values))} (${short(low)}–${short(high)})`
  }
  const ratios = others.map((other) => ` = ${ratioOf(ours, other).toFixed(2)} of ${figure(other)}`)
  return `  ${title.padEnd(16)}${unit}: ${figure(ours)}${ratios.join(';')}`
}

/**
 * The median over the rounds of the ratio within each round: what disturbs the machine for longer than
 * a round disturbs both sides of it.
 */
export const ratioOf = (ours: Series, other: Series): number =>
  median(ours.values.map((value, i) => value / (other.values[i] ?? Number.NaN)))

export const verdict = (goal: string, reached: boolean, found: string): string =>
  `  ${reached ? '✓ met' : '✗ not met'}: ${goal}: ${found}`

/** The median, with the quartiles around it. */
export function spreadOf(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b)
  const half = Math.floor(sorted.length / 2)
  const [low, high] = [median(sorted.slice(0, half)), median(sorted.slice(-half))]
  return `${short(median(sorted))} (${short(low)}–${short(high)})`
}

const short = (value: number): string => (value < 100 ? value.toFixed(2) : Math.round(value).toString())
