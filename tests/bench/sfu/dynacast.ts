/** What dynacast saves: a room in which each participant shows one video, on a host with it and on one without. */
import { setTimeout as after } from 'node:timers/promises'
import { chromium } from '../../../scripts/setup/chromium.ts'
import { findProgram } from '../../../scripts/setup/program.ts'
import { ratioOf, rowOf, type Series } from '../report.ts'
import { Crowd } from './crowd.ts'
import type { Layout } from './crowd-page/page.ts'
import type { Options } from './setting.ts'

const PARTICIPANTS = 10
/** The smallest that Chromium sends three layers of, as often as two cores encode it ten times. */
const VIDEO = { width: 960, height: 540, frameRate: 5 }
const LAYOUTS: readonly Layout[] = ['the next one', 'the same one']
/** Until what nobody wants is given up, and the senders' bandwidth is found. */
const SETTLING_MS = 10_000

/** One look at a crowd. */
interface Measured {
  /** Sent by all together, in kbit/s. */
  kilobitsPerSecond: number
  /** Decoded by the one who decodes the fewest. */
  fewestFramesPerSecond: number
  /** Cores used. */
  browser: number
  host: number
}

export async function benchDynacast(options: Options): Promise<string[]> {
  const program = findProgram(chromium)
  if (program === undefined)
    return [
      `Dynacast is left out: ${chromium.title} is not installed (Debian: apt-get install ${chromium.package}, or set ${chromium.variable} to its path)`,
    ]
  const on = await measure(program, 'on', options)
  const off = await measure(program, 'off', options)
  return [
    `Dynacast: ${PARTICIPANTS} participants, each sends ${VIDEO.width} × ${VIDEO.height} at ${VIDEO.frameRate} frames/s in three layers and shows one video`,
    ...LAYOUTS.flatMap((layout) => [
      ` each shows ${layout}`,
      ...reportOf(on.get(layout) ?? [], off.get(layout) ?? []),
    ]),
  ]
}

function reportOf(on: readonly Measured[], off: readonly Measured[]): string[] {
  const series = (of: (measured: Measured) => number): [Series, Series] => [
    { name: 'dynacast', values: on.map(of) },
    { name: 'without', values: off.map(of) },
  ]
  const sent = series(({ kilobitsPerSecond }) => kilobitsPerSecond)
  return [
    rowOf('sent by all', 'kbit/s', sent),
    rowOf(
      'shown',
      'frames/s, the fewest',
      series(({ fewestFramesPerSecond }) => fewestFramesPerSecond),
    ),
    rowOf(
      'browser',
      'cores',
      series(({ browser }) => browser),
    ),
    rowOf(
      'host',
      'cores',
      series(({ host }) => host),
    ),
    `  dynacast saves ${Math.round((1 - ratioOf(...sent)) * 100)} % of what is sent`,
  ]
}

async function measure(
  program: string,
  dynacast: 'on' | 'off',
  { rounds, seconds }: Options,
): Promise<Map<Layout, Measured[]>> {
  const crowd = await Crowd.open({ program, dynacast, participants: PARTICIPANTS, video: VIDEO })
  try {
    const found = new Map<Layout, Measured[]>()
    for (const layout of LAYOUTS) {
      await crowd.show(layout)
      await after(SETTLING_MS)
      const looks: Measured[] = []
      while (looks.length < rounds) looks.push(await look(crowd, seconds))
      found.set(layout, looks)
      const [kilobits] = looks.map(({ kilobitsPerSecond }) => Math.round(kilobitsPerSecond))
      console.log(`    dynacast ${dynacast}, each shows ${layout}: ${kilobits} kbit/s sent by all`)
    }
    return found
  } finally {
    await crowd.close()
  }
}

async function look(crowd: Crowd, seconds: number): Promise<Measured> {
  const now = async () => ({ at: performance.now(), cpu: crowd.cpuSeconds, ...(await crowd.count()) })
  const from = await now()
  await after(seconds * 1000)
  const until = await now()
  const elapsed = (until.at - from.at) / 1000
  const frames = until.framesShown.map((count, i) => count - (from.framesShown[i] ?? 0))
  return {
    kilobitsPerSecond: ((until.bytesSent - from.bytesSent) * 8) / 1000 / elapsed,
    fewestFramesPerSecond: Math.min(...frames) / elapsed,
    browser: (until.cpu.browser - from.cpu.browser) / elapsed,
    host: (until.cpu.host - from.cpu.host) / elapsed,
  }
}
