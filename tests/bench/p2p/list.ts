/** Listing: whether the last page of many calls costs what the first does. */
import { randomUUID } from 'node:crypto'
import { listCallsAnswerSchema } from '@radist-tech/protocol'
import { ratioOf, rowOf, verdict } from '../report.ts'
import { CONNECTIONS } from './create.ts'
import { alternate } from './rounds.ts'
import { newCall, type Radist, type Setting } from './setting.ts'

const CALLS = 100_000
const LIMIT = 20
const GOAL = 1.3

export async function benchList(setting: Setting): Promise<string[]> {
  const radist = await setting.radist('radist', true)
  await seed(radist)
  const lastPage = CALLS / LIMIT
  for (const page of [1, lastPage]) await check(radist, page)
  const lines = [`Listing ${CALLS} calls, ${LIMIT} to a page`]
  const ratios: number[] = []
  for (const connections of CONNECTIONS) {
    const { callsUrl, headers } = radist
    const { seconds } = setting.options
    const page = (number: number) =>
      ({
        kind: 'http',
        method: 'GET',
        url: `${callsUrl}?page=${number}&limit=${LIMIT}`,
        headers,
        connections,
        seconds,
      }) as const
    const { rates, times } = await alternate(setting, `list, ${connections} connections`, [
      { name: 'last page', job: page(lastPage) },
      { name: 'first page', job: page(1) },
    ])
    const [last, first] = times
    if (first) ratios.push(ratioOf(last, first))
    lines.push(rowOf(`${connections} connections`, 'ms', times))
    lines.push(rowOf('', 'pages/s', rates))
  }
  await radist.worker.close()
  const found = ratios.map((ratio) => ratio.toFixed(2)).join(', ')
  const isMet = ratios.every((ratio) => ratio <= GOAL)
  return [...lines, verdict(`the last page within ${GOAL} times the first page's median`, isMet, found)]
}

/** One real call, and the rows and the count that the others would have left. */
async function seed(radist: Radist): Promise<void> {
  await newCall(radist)
  const { worker, projectId } = radist
  await worker.database(
    `INSERT INTO calls (call_id, project_id, sequence, access_control, created_at, tombstoned_at)
     WITH RECURSIVE numbers (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
     SELECT ? || printf('%012x', n), ?, n, 'public', n, n FROM numbers`,
    CALLS,
    randomUUID().slice(0, 24),
    projectId,
  )
  await worker.objectStorage(
    'ProjectObject',
    projectId,
    "UPDATE connection_counters SET value = ? WHERE name = 'call'",
    CALLS,
  )
}

async function check({ callsUrl, headers }: Radist, page: number): Promise<void> {
  const answer = await fetch(`${callsUrl}?page=${page}&limit=${LIMIT}`, { headers })
  const { calls, total } = listCallsAnswerSchema.parse(await answer.json())
  if (calls.length !== LIMIT || total !== CALLS) throw new Error(`Page ${page}: ${calls.length} of ${total}`)
}
