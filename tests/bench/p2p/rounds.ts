/** Alternates between sides, so that what disturbs the machine meanwhile disturbs all of them. */

import type { Series } from '../report.ts'
import type { Job, Measured } from './load/jobs.ts'
import type { Setting } from './setting.ts'

export interface Side {
  name: string
  job: Job
}

export interface Rounds {
  /** Of each side, in the order given: so many a second. */
  rates: [Series, ...Series[]]
  /** Of each side: the median time of one, in milliseconds. */
  times: [Series, ...Series[]]
  /** The most of one CPU core that the load generator used while it measured a side, 0 to 1. */
  generatorLoad: number
}

/** Runs every side once in each round, after one round that does not count. */
export async function alternate(
  { load, options }: Setting,
  title: string,
  sides: readonly [Side, ...Side[]],
): Promise<Rounds> {
  const measured = new Map<string, Measured[]>(sides.map(({ name }) => [name, []]))
  for (let round = 0; round <= options.rounds; round += 1)
    for (const { name, job } of sides) {
      const result = await load.run(job)
      if (round === 0) continue
      console.log(`    ${title}, round ${round}, ${name}: ${Math.round(result.count / result.seconds)}/s`)
      measured.get(name)?.push(result)
    }
  const series = (value: (result: Measured) => number): [Series, ...Series[]] => {
    const of = ({ name }: Side): Series => ({ name, values: (measured.get(name) ?? []).map(value) })
    const [first, ...rest] = sides
    return [of(first), ...rest.map(of)]
  }
  const all = [...measured.values()].flat()
  return {
    rates: series(({ count, seconds }) => count / seconds),
    times: series(({ medianMs }) => medianMs),
    generatorLoad: Math.max(...all.map(({ ownCpuSeconds, seconds }) => ownCpuSeconds / seconds)),
  }
}
