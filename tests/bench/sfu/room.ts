/** A room of hundreds on all workers: what share of the work each of them has. */
import { setTimeout as after } from 'node:timers/promises'
import { median } from '../median.ts'
import { verdict } from '../report.ts'
import { cpuSecondsOf } from './measured-process.ts'
import type { RtpPeer } from './rtp-peer.ts'
import { PACKET_BYTES, RtpSource } from './rtp-source.ts'
import type { Options } from './setting.ts'
import { startRadist } from './sfu-sides.ts'

const GOAL = 0.2
const RECEIVERS = 300
/** DTLS handshakes of hundreds at once would time each other out. */
const AT_A_TIME = 10
const PACKETS_PER_SECOND = 50
const WORKERS = 2
const UNDER_WAY_MS = 500

export async function benchRoom({ rounds, seconds }: Options): Promise<string[]> {
  const side = await startRadist(WORKERS)
  const peers: RtpPeer[] = []
  try {
    const publisher = await side.publisher()
    while (peers.length < RECEIVERS) {
      peers.push(...(await Promise.all(Array.from({ length: AT_A_TIME }, () => side.receiver()))))
      if (peers.length % 100 === 0) console.log(`    room: ${peers.length} receivers`)
    }
    const shares: number[][] = []
    const reached: number[] = []
    let sequence = 0
    for (let round = 1; round <= rounds; round++) {
      const count = () => ({
        received: peers.reduce((sum, peer) => sum + peer.received, 0),
        cpu: side.workers.map(cpuSecondsOf),
      })
      const [from, startedAt] = [count(), performance.now()]
      const source = new RtpSource(PACKETS_PER_SECOND, (packet) => publisher.send(packet), sequence)
      await after(seconds * 1000)
      source.close()
      sequence += source.sent
      const elapsed = (performance.now() - startedAt) / 1000
      // What is under way arrives, and counts.
      await after(UNDER_WAY_MS)
      const until = count()
      const cpu = until.cpu.map((value, i) => (value - (from.cpu[i] ?? 0)) / elapsed)
      console.log(
        `    room, round ${round}: ${cpu.map((share) => `${Math.round(share * 100)} %`).join(' and ')}`,
      )
      shares.push(cpu)
      reached.push((until.received - from.received) / (source.sent * RECEIVERS))
    }
    publisher.close()
    const ofWorker = side.workers.map((_, i) => median(shares.map((share) => share[i] ?? Number.NaN)))
    const apart = median(shares.map((share) => Math.max(...share) / Math.min(...share) - 1))
    return [
      `One room of ${RECEIVERS} receivers, ${PACKETS_PER_SECOND} packets/s of ${PACKET_BYTES} bytes to each`,
      `  share of a core used by each worker: ${ofWorker.map((share) => `${Math.round(share * 100)} %`).join(', ')}`,
      `  arrived: ${(median(reached) * 100).toFixed(1)} %`,
      verdict(`within ${GOAL * 100} % of each other`, apart <= GOAL, `${Math.round(apart * 100)} % apart`),
    ]
  } finally {
    for (const peer of peers) peer.close()
    await side.close()
  }
}
