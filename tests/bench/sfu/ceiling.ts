/**
 * How many packets a core forwards until the first are lost: SRTP out to a socket that nobody reads, so that no
 * receiver takes processor time from the one that is measured. A single thread forwards in both.
 */
import { setTimeout as after } from 'node:timers/promises'
import { rowOf, type Series } from '../report.ts'
import { type Forwarder, OUTPUTS, startJanusForwarder, startWorker } from './forwarders.ts'
import { cpuSecondsOf } from './measured-process.ts'
import { PACKET_BYTES, RtpSource } from './rtp-source.ts'
import type { Options } from './setting.ts'
import { UnreadSocket } from './unread-socket.ts'

/** Packets a second in: the first rate, doubled until some are lost, then halved in between. */
const FIRST = 100
const LAST = 1600
const HALVINGS = 4
const STEP_MS = 1200
const UNDER_WAY_MS = 200
/** More than this is loss, and not a packet that was under way. */
const TOLERATED = 0.002

interface Ceiling {
  /** Forwarded a second, at the highest rate without loss. */
  packetsPerSecond: number
  /** Of a core that it had to itself. */
  packetsPerCpuSecond: number
}

/** @param janus its program, if there is one */
export async function measureCeiling({ rounds }: Options, janus: string | null): Promise<string[]> {
  const starts = [
    startWorker,
    ...(janus === null ? [] : [(sink: UnreadSocket) => startJanusForwarder(janus, sink)]),
  ]
  const found = new Map<string, Ceiling[]>()
  for (let round = 1; round <= rounds; round++)
    for (const start of starts) {
      const { name, ceiling } = await withForwarder(start)
      console.log(`    ceiling, round ${round}, ${name}: ${Math.round(ceiling.packetsPerSecond)} packets/s`)
      found.set(name, [...(found.get(name) ?? []), ceiling])
    }
  const row = (unit: string, of: (ceiling: Ceiling) => number) => {
    const [ours, ...others] = [...found].map(
      ([name, ceilings]): Series => ({ name, values: ceilings.map(of) }),
    )
    return ours ? [rowOf('forwarded', unit, [ours, ...others])] : []
  }
  return [
    ` SRTP packets of ${PACKET_BYTES} bytes to ${OUTPUTS} receivers, as many as one thread can`,
    ...row('packets/s before loss', ({ packetsPerSecond }) => packetsPerSecond),
    ...row('packets per CPU second there', ({ packetsPerCpuSecond }) => packetsPerCpuSecond),
  ]
}

async function withForwarder(start: (sink: UnreadSocket) => Promise<Forwarder>) {
  const sink = await UnreadSocket.open()
  try {
    const forwarder = await start(sink)
    try {
      return { name: forwarder.name, ceiling: await rise(forwarder) }
    } finally {
      await forwarder.close()
    }
  } finally {
    await sink.close()
  }
}

async function rise(forwarder: Forwarder): Promise<Ceiling> {
  let sequence = 0
  const at = async (rate: number): Promise<Ceiling | null> => {
    const before = await forwarder.forwarded()
    const [cpu, startedAt] = [cpuSecondsOf(forwarder.pid), performance.now()]
    const source = new RtpSource(rate, (packet) => forwarder.send(packet), sequence)
    await after(STEP_MS)
    source.close()
    sequence += source.sent
    const elapsed = (performance.now() - startedAt) / 1000
    // What is under way arrives, and counts.
    await after(UNDER_WAY_MS)
    const cpuSeconds = cpuSecondsOf(forwarder.pid) - cpu
    const forwarded = (await forwarder.forwarded()) - before
    if (forwarded < source.sent * OUTPUTS * (1 - TOLERATED)) return null
    return {
      packetsPerSecond: forwarded / elapsed,
      packetsPerCpuSecond: forwarded / cpuSeconds,
    }
  }
  // Fills the socket's buffer: from then on all that arrives there is counted.
  await at(FIRST)
  let best: Ceiling = { packetsPerSecond: 0, packetsPerCpuSecond: 0 }
  let carried = 0
  let lossy: number | null = null
  for (let rate = FIRST; rate <= LAST && lossy === null; rate *= 2) {
    const ceiling = await at(rate)
    if (ceiling === null) lossy = rate
    else [best, carried] = [ceiling, rate]
  }
  for (let halving = 0; lossy !== null && halving < HALVINGS; halving++) {
    const rate = (carried + lossy) / 2
    const ceiling = await at(rate)
    if (ceiling === null) lossy = rate
    else [best, carried] = [ceiling, rate]
  }
  return best
}
