/** Records that one Project object takes, beside a bare object that inserts the same rows. */
import { randomUUID } from 'node:crypto'
import { MAX_USAGE_BATCH } from '@radist-tech/protocol'
import { request } from 'undici'
import type { Setting } from '../p2p/setting.ts'
import { ratioOf, rowOf, type Series, verdict } from '../report.ts'

const GOAL = 0.7
const BATCHES = 20

/** Asks a Worker to fill `batches` batches into one object; answers milliseconds. */
export async function fillBatches(
  address: string,
  projectId: string,
  batches: number,
  size = MAX_USAGE_BATCH,
): Promise<number> {
  const since = performance.now()
  const url = `${address}?projectId=${projectId}&batches=${batches}&size=${size}`
  // A connection of its own: the runtime at times closes one that it was to keep, and this cannot be sent twice.
  const { statusCode, body } = await request(url, { reset: true })
  const text = await body.text()
  if (statusCode !== 204) throw new Error(`${address}: ${statusCode} ${text}`)
  return performance.now() - since
}

export async function benchIngest(setting: Setting): Promise<string[]> {
  const { worker, projectId } = await setting.radist('ledger')
  const reference = await setting.reference()
  const [ours, bare]: [Series & { values: number[] }, Series & { values: number[] }] = [
    { name: 'ours', values: [] },
    { name: 'bare', values: [] },
  ]
  const bareId = randomUUID()
  for (let round = 0; round <= setting.options.rounds; round += 1) {
    // Making the records costs both sides the same; what it costs alone is taken off.
    const making = await fillBatches(`${reference.origin}/make`, bareId, BATCHES)
    const perSecond = (ms: number) => (1000 * BATCHES * MAX_USAGE_BATCH) / (ms - making)
    const oursNow = perSecond(await fillBatches(`${worker.origin}/fill`, projectId, BATCHES))
    const bareNow = perSecond(await fillBatches(`${reference.origin}/fill`, bareId, BATCHES))
    if (round === 0) continue
    console.log(`    ingest, round ${round}: ours ${Math.round(oursNow)}/s, bare ${Math.round(bareNow)}/s`)
    ours.values.push(oursNow)
    bare.values.push(bareNow)
  }
  await worker.close()
  await reference.close()
  const ratio = ratioOf(ours, bare)
  return [
    `Taking usage records, ${MAX_USAGE_BATCH} to a batch, one object`,
    rowOf('one at a time', 'records/s', [ours, bare]),
    verdict(`at least ${GOAL} of a bare object that inserts them`, ratio >= GOAL, ratio.toFixed(2)),
  ]
}
