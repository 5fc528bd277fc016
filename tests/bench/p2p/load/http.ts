import { Pool } from 'undici'
import { median } from '../../median.ts'
import type { HttpJob } from './jobs.ts'

/** Asks for the same thing until the time is over. Anything but 200 ends the run: no rate of failures. */
export async function runHttp({ method, url, headers, connections, seconds }: HttpJob) {
  const { origin, pathname, search } = new URL(url)
  const pool = new Pool(origin, { connections, pipelining: 1 })
  const latencies: number[] = []
  const since = performance.now()
  const until = since + seconds * 1000
  const one = async () => {
    while (performance.now() < until) {
      const sentAt = performance.now()
      const { statusCode, body } = await pool.request({ method, path: pathname + search, headers })
      const text = await body.text()
      if (statusCode !== 200) throw new Error(`${method} ${pathname}: ${statusCode} ${text}`)
      latencies.push(performance.now() - sentAt)
    }
  }
  try {
    await Promise.all(Array.from({ length: connections }, one))
    const elapsed = (performance.now() - since) / 1000
    return { count: latencies.length, seconds: elapsed, medianMs: median(latencies) }
  } finally {
    await pool.destroy()
  }
}
