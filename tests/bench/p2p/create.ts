/** Creating calls, beside one object call and one D1 insert. */
import { ratioOf, rowOf, verdict } from '../report.ts'
import { alternate } from './rounds.ts'
import type { Setting } from './setting.ts'

const GOAL = 0.6
export const CONNECTIONS = [1, 10, 50] as const

export async function benchCreate(setting: Setting): Promise<string[]> {
  const lines = ['Creating calls']
  const ratios: number[] = []
  let busiest = 0
  for (const connections of CONNECTIONS) {
    // Fresh for each row: what earlier rows have left to be done later would be done in this one.
    const radist = await setting.radist()
    const reference = await setting.reference()
    const { seconds } = setting.options
    const post = { kind: 'http', method: 'POST', connections, seconds } as const
    const { rates, generatorLoad } = await alternate(setting, `create, ${connections} connections`, [
      { name: 'ours', job: { ...post, url: radist.callsUrl, headers: radist.headers } },
      { name: 'an object each', job: { ...post, url: `${reference.origin}/new-object`, headers: {} } },
      { name: 'one object for all', job: { ...post, url: `${reference.origin}/same-object`, headers: {} } },
    ])
    const [ours, newObject] = rates
    if (newObject) ratios.push(ratioOf(ours, newObject))
    lines.push(rowOf(`${connections} connections`, 'calls/s', rates))
    busiest = Math.max(busiest, generatorLoad)
    await radist.worker.close()
    await reference.close()
  }
  const found = ratios.map((ratio) => ratio.toFixed(2)).join(', ')
  const isMet = ratios.every((ratio) => ratio >= GOAL)
  return [
    ...lines,
    `  load generator: at most ${Math.round(busiest * 100)} % of a core`,
    verdict(`at least ${GOAL} of one call to an object of its own and one insert`, isMet, found),
  ]
}
