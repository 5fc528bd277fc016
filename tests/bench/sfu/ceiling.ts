/**
 * How many packets a core forwards until the first are lost. Plain RTP comes in, SRTP goes out to a
 * socket that nobody reads, so that no receiver takes processor time from the worker. It is mediasoup's
 * worker alone that is measured, the one that our host runs.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as after } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { createWorker, type types } from 'mediasoup'
import { roomCodecs } from '../../../apps/sfu/src/media/codecs.ts'
import { rowOf } from '../p2p/report.ts'
import { cpuSecondsOf } from './measured-process.ts'
import { PACKET_BYTES, RtpSource, videoParameters } from './rtp-source.ts'
import type { Options } from './setting.ts'

const CONSUMERS = 100
/** Packets a second at the producer: the first rate, and how much more each time. */
const FIRST = 300
const STEP = 100
const LAST = 1500
const STEP_MS = 1500
const UNDER_WAY_MS = 200
/** More than this is loss, and not a packet that was under way. */
const TOLERATED = 0.002

interface Ceiling {
  /** Forwarded a second, at the highest rate without loss. */
  packetsPerSecond: number
  /** Of a core that the worker had to itself. */
  packetsPerCpuSecond: number
}

export async function measureCeiling({ rounds }: Options): Promise<string[]> {
  const found: Ceiling[] = []
  for (let round = 1; round <= rounds; round++) {
    const ceiling = await rise()
    console.log(`    ceiling, round ${round}: ${Math.round(ceiling.packetsPerSecond)} packets/s`)
    found.push(ceiling)
  }
  const series = (of: (ceiling: Ceiling) => number) => [{ name: 'worker', values: found.map(of) }] as const
  return [
    ` SRTP packets of ${PACKET_BYTES} bytes to ${CONSUMERS} receivers, as many as a worker can`,
    rowOf('forwarded', 'packets/s before loss', [...series(({ packetsPerSecond }) => packetsPerSecond)]),
    rowOf('forwarded', 'packets per CPU second there', [...series((ceiling) => ceiling.packetsPerCpuSecond)]),
  ]
}

async function rise(): Promise<Ceiling> {
  const { MEDIASOUP_WORKER_BIN: workerBin } = process.env
  const worker = await createWorker({ logLevel: 'error', ...(workerBin === undefined ? {} : { workerBin }) })
  const sink = new Worker(new URL('processes/unread-socket.ts', import.meta.url))
  const socket = createSocket('udp4')
  try {
    const [port]: number[] = await once(sink, 'message')
    const router = await worker.createRouter({ mediaCodecs: roomCodecs })
    const input = await router.createPlainTransport({ listenIp: '127.0.0.1', comedia: true, rtcpMux: true })
    const producer = await input.produce({ kind: 'video', rtpParameters: videoParameters })
    const outputs: types.Consumer[] = []
    while (outputs.length < CONSUMERS) outputs.push(await output(router, producer.id, port ?? 0))
    let sequence = 0
    let best: Ceiling = { packetsPerSecond: 0, packetsPerCpuSecond: 0 }
    for (let rate = FIRST; rate <= LAST; rate += STEP) {
      const [counted, cpu, startedAt] = [
        await forwardedBy(outputs),
        cpuSecondsOf(worker.pid),
        performance.now(),
      ]
      const source = new RtpSource(
        rate,
        (packet) => socket.send(packet, input.tuple.localPort, '127.0.0.1'),
        sequence,
      )
      await after(STEP_MS)
      source.close()
      sequence += source.sent
      const elapsed = (performance.now() - startedAt) / 1000
      // What is under way arrives, and counts.
      await after(UNDER_WAY_MS)
      const forwarded = (await forwardedBy(outputs)) - counted
      if (forwarded < source.sent * CONSUMERS * (1 - TOLERATED)) break
      best = {
        packetsPerSecond: forwarded / elapsed,
        packetsPerCpuSecond: forwarded / (cpuSecondsOf(worker.pid) - cpu),
      }
    }
    return best
  } finally {
    socket.close()
    worker.close()
    await sink.terminate()
  }
}

async function output(router: types.Router, producerId: string, port: number): Promise<types.Consumer> {
  const transport = await router.createPlainTransport({
    listenIp: '127.0.0.1',
    rtcpMux: true,
    enableSrtp: true,
  })
  const { srtpParameters } = transport
  if (!srtpParameters) throw new Error('a transport without SRTP')
  await transport.connect({ ip: '127.0.0.1', port, srtpParameters })
  return transport.consume({ producerId, rtpCapabilities: router.rtpCapabilities })
}

async function forwardedBy(consumers: readonly types.Consumer[]): Promise<number> {
  const stats = await Promise.all(consumers.map((consumer) => consumer.getStats()))
  return stats
    .flat()
    .filter(({ type }) => type === 'outbound-rtp')
    .reduce((sum, { packetCount }) => sum + packetCount, 0)
}
