/** What a million records cost: bytes, and reading the 30-day total and the usage pages. */
import { MAX_USAGE_BATCH } from '@radist-tech/protocol'
import { alternate } from '../p2p/rounds.ts'
import { newProject, type Setting } from '../p2p/setting.ts'
import { ratioOf, rowOf, verdict } from '../report.ts'
import { fillBatches } from './ingest.ts'

const RECORDS = 1_000_000
const BATCHES_AT_ONCE = 50
const FEW = 10
const GOAL = 1.5
const pages = { 'usage, 30 days': '', 'usage by room': '/rooms', budget: '/budget' }

export async function benchReading(setting: Setting): Promise<string[]> {
  const large = await setting.radist('ledger')
  const { worker, projectId, headers } = large
  const lines = [`Reading usage, with ${RECORDS.toLocaleString('en')} records in the ledger and with ${FEW}`]
  const { seconds } = setting.options
  const small = await newProject(worker)
  await fillBatches(`${worker.origin}/fill`, small.projectId, 1, FEW)
  const batches = RECORDS / MAX_USAGE_BATCH
  for (let filled = 0; filled < batches; filled += BATCHES_AT_ONCE) {
    await fillBatches(`${worker.origin}/fill`, projectId, BATCHES_AT_ONCE)
    if ((filled / BATCHES_AT_ONCE) % 10 === 9)
      console.log(`    filled ${(filled + BATCHES_AT_ONCE) * MAX_USAGE_BATCH}`)
  }
  const ratios: number[] = []
  for (const [name, path] of Object.entries(pages)) {
    const job = (url: string, sent: Record<string, string>) =>
      ({ kind: 'http', method: 'GET', url, headers: sent, connections: 1, seconds }) as const
    const { times } = await alternate(setting, name, [
      { name: 'a million', job: job(usageUrlOf(large) + path, headers) },
      { name: 'ten', job: job(usageUrlOf(small) + path, small.headers) },
    ])
    const [million, few] = times
    if (few) ratios.push(ratioOf(million, few))
    lines.push(rowOf(name, 'ms', times))
  }
  const bytes = Number(await (await fetch(`${worker.origin}/size?projectId=${projectId}`)).json())
  await worker.close()
  const found = ratios.map((ratio) => ratio.toFixed(2)).join(', ')
  return [
    ...lines,
    `  storage: ${(bytes / 1e6).toFixed(1)} MB for ${RECORDS.toLocaleString('en')} records, each of a stay of its own`,
    verdict(
      `within ${GOAL} times`,
      ratios.every((ratio) => ratio <= GOAL),
      found,
    ),
  ]
}

const usageUrlOf = ({ callsUrl }: { callsUrl: string }) => callsUrl.replace(/calls$/, 'usage')
