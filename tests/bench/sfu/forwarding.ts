/**
 * What forwarding costs a media worker: in our host, in mediasoup with nothing around it, and in Janus.
 *
 * What else runs on the machine changes the cost of a packet by more than the goal allows. So all sides forward
 * in short turns, one after another; a ratio is taken within each turn, and the median of many counts. Each round
 * starts fresh processes, since where a process lies in memory makes it faster or slower for as long as it runs.
 * Bare mediasoup takes part twice: what one differs from the other is what the method cannot tell.
 */
import { setTimeout as after } from 'node:timers/promises'
import { janus } from '../../../scripts/setup/janus.ts'
import { findProgram } from '../../../scripts/setup/program.ts'
import { ratioOf, rowOf, type Series, spreadOf, verdict } from '../report.ts'
import { measureCeiling } from './ceiling.ts'
import { startJanus } from './janus-side.ts'
import { cpuSecondsOf } from './measured-process.ts'
import type { RtpPeer } from './rtp-peer.ts'
import { PACKET_BYTES, RtpSource } from './rtp-source.ts'
import type { Options } from './setting.ts'
import { type SfuSide, startBareMediasoup, startRadist } from './sfu-sides.ts'

const GOAL = 1.05
const RECEIVERS = 20
/** Joins of more at once would wait for each other's handshakes. */
const AT_A_TIME = 10
const PACKETS_PER_SECOND = 400
/** What has not arrived so long after the last packet is lost. */
const ARRIVAL_TIMEOUT_MS = 2000
const LOOK_EVERY_MS = 20
/** Of each side in a round. */
const TURNS = 8

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

export async function benchForwarding({ rounds, seconds }: Options): Promise<string[]> {
  const janusProgram = findProgram(janus) ?? null
  if (janusProgram === null) console.log(`    ${withoutJanus}`)
  const starts = [
    () => startRadist(1),
    startBareMediasoup,
    async () => ({ ...(await startBareMediasoup()), name: 'another bare mediasoup' }),
    ...(janusProgram === null ? [] : [() => startJanus(janusProgram)]),
  ]
  const found = new Map<string, Forwarded[]>()
  for (let round = 1; round <= rounds; round++) {
    for (const [name, turns] of await takeTurns(starts, seconds / TURNS))
      found.set(name, [...(found.get(name) ?? []), ...turns])
    const soFar = [...found].map(([name, turns]) => `${name} ${spreadOf(turns.map(microsecondsOf))} µs`)
    console.log(`    forwarding, after round ${round}: ${soFar.join(', ')}`)
  }
  const series = [...found].map(([name, turns]): Series => ({ name, values: turns.map(microsecondsOf) }))
  const [ours, bare, again, ofJanus] = series
  if (!ours || !bare || !again) throw new Error('a side was not measured')
  const toBare = ({ values }: Series) => values.map((value, i) => value / (bare.values[i] ?? Number.NaN))
  const ratio = ratioOf(ours, bare)
  const lost = Math.max(...[...found.values()].flat().map((forwarded) => forwarded.lost))
  return [
    `Forwarding ${PACKETS_PER_SECOND} SRTP packets/s of ${PACKET_BYTES} bytes to ${RECEIVERS} receivers`,
    rowOf('CPU', 'µs per packet', [ours, bare, ...(ofJanus ? [ofJanus] : [])]),
    ...(ofJanus ? [] : [`  ${withoutJanus}`]),
    `  of bare mediasoup, in ${ours.values.length} turns, median (quartiles): ` +
      `ours ${spreadOf(toBare(ours))}, another bare mediasoup ${spreadOf(toBare(again))}`,
    `  lost at most ${(lost * 100).toFixed(2)} % in a turn`,
    verdict(`at most ${GOAL} of bare mediasoup`, ratio <= GOAL, ratio.toFixed(3)),
    ...(await measureCeiling({ rounds, seconds }, janusProgram)),
  ]
}

const withoutJanus = `Janus is left out: it is not installed (Debian: apt-get install ${janus.package}, or set ${janus.variable} to its path)`

const microsecondsOf = ({ microseconds }: Forwarded): number => microseconds

/** Of each side, by its name, one of each turn. */
async function takeTurns(
  starts: readonly (() => Promise<SfuSide>)[],
  seconds: number,
): Promise<Map<string, Forwarded[]>> {
  const streams: Stream[] = []
  try {
    for (const start of starts) streams.push(await open(await start()))
    // Warms up, and does not count.
    for (const stream of streams) await forward(stream, seconds)
    const found = new Map(streams.map(({ side }): [string, Forwarded[]] => [side.name, []]))
    for (let turn = 0; turn < TURNS; turn++)
      // There and back, so that nobody is always the first.
      for (const stream of turn % 2 === 0 ? streams : streams.toReversed())
        found.get(stream.side.name)?.push(await forward(stream, seconds))
    return found
  } finally {
    for (const stream of streams) await close(stream)
  }
}

async function open(side: SfuSide): Promise<Stream> {
  try {
    const publisher = await side.publisher()
    const receivers: RtpPeer[] = []
    while (receivers.length < RECEIVERS)
      receivers.push(...(await Promise.all(Array.from({ length: AT_A_TIME }, () => side.receiver()))))
    return { side, publisher, receivers }
  } catch (error) {
    await side.close()
    throw error
  }
}

let sequence = 0

async function forward({ side, publisher, receivers }: Stream, seconds: number): Promise<Forwarded> {
  const cpuSeconds = () => side.workers.reduce((sum, pid) => sum + cpuSecondsOf(pid), 0)
  const arrived = () => receivers.reduce((sum, receiver) => sum + receiver.received, 0)
  const [cpuBefore, arrivedBefore] = [cpuSeconds(), arrived()]
  const source = new RtpSource(PACKETS_PER_SECOND, (packet) => publisher.send(packet), sequence)
  await after(seconds * 1000)
  source.close()
  sequence += source.sent
  // None of its packets is left for the next side's turn.
  const due = source.sent * receivers.length
  const deadline = performance.now() + ARRIVAL_TIMEOUT_MS
  while (arrived() - arrivedBefore < due && performance.now() < deadline) await after(LOOK_EVERY_MS)
  const received = arrived() - arrivedBefore
  return {
    microseconds: ((cpuSeconds() - cpuBefore) * 1e6) / received,
    lost: Math.max(0, 1 - received / due),
  }
}

async function close({ side, publisher, receivers }: Stream): Promise<void> {
  for (const peer of [publisher, ...receivers]) peer.close()
  await side.close()
}
