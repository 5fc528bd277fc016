/** Joining with a token: what it asks of other parts, and how long it takes. */
import { z } from 'zod'
import { rowOf, verdict } from '../report.ts'
import { newCall, type Radist, type Setting } from './setting.ts'

const JOINS = 20

const countsSchema = z.object({
  queries: z.number(),
  rowsRead: z.number(),
  objectCalls: z.record(z.string(), z.number()),
})
type Counts = z.infer<typeof countsSchema>

export async function benchJoin(setting: Setting): Promise<string[]> {
  const counting = await setting.radist('counting')
  const urls = await callsWithTwoTokens(counting)
  await counted(counting)
  await setting.load.run({ kind: 'join', urls })
  const joins = await counted(counting)
  await fetch(`${counting.callsUrl}?page=1&limit=5`, { headers: counting.headers })
  const list = await counted(counting)
  await counting.worker.close()

  const radist = await setting.radist()
  const times: number[] = []
  for (let round = 1; round <= setting.options.rounds; round += 1) {
    const { medianMs } = await setting.load.run({ kind: 'join', urls: await callsWithTwoTokens(radist) })
    console.log(`    join, round ${round}: ${medianMs.toFixed(2)} ms`)
    times.push(medianMs)
  }
  await radist.worker.close()
  const { CALL: callCalls = 0, ...others } = joins.objectCalls
  const otherCalls = Object.values(others).reduce((sum, count) => sum + count, 0)
  const isMet = callCalls === urls.length && otherCalls === 0 && joins.queries === 0
  return [
    'Joining with a token',
    rowOf('one at a time', 'ms', [{ name: 'until greeted', values: times }]),
    `  ${urls.length} joins: ${callCalls} calls to Call objects, ${otherCalls} to others, ${joins.queries} D1 queries`,
    `  a page of 5 among ${2 * JOINS} calls, with its total: ${list.queries} D1 query, ${list.rowsRead} rows read`,
    verdict('one object call and no D1 query', isMet, `${callCalls / urls.length} and ${joins.queries}`),
  ]
}

/** The addresses of first peers, so that no socket is told of another. */
async function callsWithTwoTokens(radist: Radist): Promise<string[]> {
  const urls: string[] = []
  // Twice as many calls as joins, so that a list has more rows than it shows.
  for (let i = 0; i < 2 * JOINS; i += 1) urls.push((await newCall(radist))[0])
  return urls.slice(0, JOINS)
}

/** What was counted since this was last asked. */
async function counted({ worker }: Radist): Promise<Counts> {
  return countsSchema.parse(await (await fetch(`${worker.origin}/counts`)).json())
}
