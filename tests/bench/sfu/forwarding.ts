/** What forwarding costs a media worker: in our host, and in mediasoup with nothing around it. */
import { setTimeout as after } from 'node:timers/promises'
import { ratioOf, rowOf, type Series, verdict } from '../p2p/report.ts'
import { measureCeiling } from './ceiling.ts'
import { cpuSecondsOf } from './measured-process.ts'
import type { RtpPeer } from './rtp-peer.ts'
import { PACKET_BYTES, RtpSource } from './rtp-source.ts'
import type { Options } from './setting.ts'
import { type SfuSide, startBareMediasoup, startRadist } from './sfu-sides.ts'

const GOAL = 1.05
const RECEIVERS = 20
const PACKETS_PER_SECOND = 400
const UNDER_WAY_MS = 200
/** Of each side in a round, in turns: short ones, so that both meet the same machine. */
const TURNS = 4

interface Stream {
  side: SfuSide
  publisher: RtpPeer
  receivers: RtpPeer[]
}

interface Forwarded {
  /** Of the worker, for each packet that arrived. */
  microseconds: number
  /** Share of the packets that did not arrive. */
  lost: number
}

interface Counted {
  /** Packets that should have arrived. */
  due: number
  received: number
  cpuSeconds: number
}

export async function benchForwarding({ rounds, seconds }: Options): Promise<string[]> {
  const streams: Stream[] = []
  const found: Forwarded[][] = [[], []]
  try {
    for (const start of [() => startRadist(1), startBareMediasoup]) streams.push(await open(await start()))
    for (let round = 0; round <= rounds; round++)
      for (const [i, forwarded] of (await takeTurns(streams, seconds)).entries()) {
        // The first round warms up, and does not count.
        if (round === 0) continue
        console.log(
          `    forwarding, round ${round}, ${streams[i]?.side.name}: ${forwarded.microseconds.toFixed(2)} µs a packet, ` +
            `${(forwarded.lost * 100).toFixed(2)} % lost`,
        )
        found[i]?.push(forwarded)
      }
  } finally {
    for (const stream of streams) await close(stream)
  }
  const series = (i: number): Series => ({
    name: streams[i]?.side.name ?? '',
    values: (found[i] ?? []).map(({ microseconds }) => microseconds),
  })
  const [ours, bare] = [series(0), series(1)]
  const ratio = ratioOf(ours, bare)
  const lost = Math.max(...found.flat().map((forwarded) => forwarded.lost))
  return [
    `Forwarding ${PACKETS_PER_SECOND} SRTP packets/s of ${PACKET_BYTES} bytes to ${RECEIVERS} receivers`,
    rowOf('worker CPU', 'µs per packet', [ours, bare]),
    `  lost at most ${(lost * 100).toFixed(2)} %`,
    verdict(`at most ${GOAL} of bare mediasoup`, ratio <= GOAL, ratio.toFixed(3)),
    ...(await measureCeiling({ rounds, seconds })),
  ]
}

async function open(side: SfuSide): Promise<Stream> {
  const publisher = await side.publisher()
  const receivers: RtpPeer[] = []
  while (receivers.length < RECEIVERS) receivers.push(await side.receiver())
  return { side, publisher, receivers }
}

async function takeTurns(streams: readonly Stream[], seconds: number): Promise<Forwarded[]> {
  const sums = new Map(streams.map((stream) => [stream, { due: 0, received: 0, cpuSeconds: 0 }]))
  for (let turn = 0; turn < TURNS; turn++)
    for (const [stream, sum] of turn % 2 === 0 ? sums : [...sums].reverse()) {
      const { due, received, cpuSeconds } = await forward(stream, seconds / TURNS)
      sum.due += due
      sum.received += received
      sum.cpuSeconds += cpuSeconds
    }
  return [...sums.values()].map(({ due, received, cpuSeconds }) => ({
    microseconds: (cpuSeconds * 1e6) / received,
    lost: Math.max(0, 1 - received / due),
  }))
}

let sequence = 0

async function forward({ side, publisher, receivers }: Stream, seconds: number): Promise<Counted> {
  const count = () => ({
    cpu: side.workers.reduce((sum, pid) => sum + cpuSecondsOf(pid), 0),
    received: receivers.reduce((sum, receiver) => sum + receiver.received, 0),
  })
  const from = count()
  const source = new RtpSource(PACKETS_PER_SECOND, (packet) => publisher.send(packet), sequence)
  await after(seconds * 1000)
  source.close()
  sequence += source.sent
  // What is under way arrives, and counts.
  await after(UNDER_WAY_MS)
  const until = count()
  return {
    due: source.sent * receivers.length,
    received: until.received - from.received,
    cpuSeconds: until.cpu - from.cpu,
  }
}

async function close({ side, publisher, receivers }: Stream): Promise<void> {
  for (const peer of [publisher, ...receivers]) peer.close()
  await side.close()
}
