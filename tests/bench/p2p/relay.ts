/**
 * Relaying frames between two peers, beside a bare hibernating object that stores and passes on, and
 * one that only echoes.
 *
 * A socket of ours may send 200 frames at once and 50 a second for ever (docs/calls.md, "Limits"), so
 * no pair can run at full speed for long. So each pair sends a burst within its bound, as fast as its
 * frames arrive; then another pair that has rested takes its place. All three are driven alike.
 */

import { ratioOf, rowOf, verdict } from '../report.ts'
import { CONNECTIONS } from './create.ts'
import { alternate, type Side } from './rounds.ts'
import { newCall, type Setting } from './setting.ts'

const GOAL = 0.8
const FRAMES_PER_SOCKET = 190
/** Pairs that follow each other on each connection; more where few are at work at once. */
const PAIRS_PER_LANE: Record<(typeof CONNECTIONS)[number], number> = { 1: 40, 10: 4, 50: 1 }

export async function benchRelay(setting: Setting): Promise<string[]> {
  const radist = await setting.radist()
  const reference = await setting.reference()
  const referenceUrl = reference.origin.replace('http', 'ws')
  const count = Math.max(...CONNECTIONS.map((lanes) => lanes * PAIRS_PER_LANE[lanes]))
  const pairs: [string, string][] = []
  for (let i = 0; i < count; i += 1) pairs.push(await newCall(radist))
  // The first peer gets `connected` and `peer-joined`, the second `connected`.
  await setting.load.run({ kind: 'open-pairs', name: 'ours', pairs, greetings: [2, 1] })
  for (const name of ['store and pass on', 'echo']) {
    const path = name === 'echo' ? 'echo' : 'relay'
    const url = (i: number) => `${referenceUrl}/${path}?name=${path}-${i}`
    await setting.load.run({
      kind: 'open-pairs',
      name,
      pairs: pairs.map((_, i) => [url(i), url(i)]),
      greetings: [0, 0],
    })
  }
  const lines = ['Relaying frames between two peers']
  const ratios: number[] = []
  let busiest = 0
  // Else the first rates would be those of code that has not been compiled yet.
  for (const { job } of sidesAt(50)) await setting.load.run(job)
  for (const connections of CONNECTIONS) {
    const sides = sidesAt(connections)
    const { rates, generatorLoad } = await alternate(setting, `relay, ${connections} pairs`, sides)
    const [ours, relay] = rates
    if (relay) ratios.push(ratioOf(ours, relay))
    lines.push(rowOf(`${connections} pairs`, 'frames/s', rates))
    busiest = Math.max(busiest, generatorLoad)
  }
  await radist.worker.close()
  await reference.close()
  const found = ratios.map((ratio) => ratio.toFixed(2)).join(', ')
  const isMet = ratios.every((ratio) => ratio >= GOAL)
  return [
    ...lines,
    `  load generator: at most ${Math.round(busiest * 100)} % of a core`,
    verdict(`at least ${GOAL} of an object that stores each frame and passes it on`, isMet, found),
  ]
}

function sidesAt(connections: (typeof CONNECTIONS)[number]): [Side, Side, Side] {
  const perLane = PAIRS_PER_LANE[connections]
  const lanes = Array.from({ length: connections }, (_, lane) =>
    Array.from({ length: perLane }, (_, i) => lane * perLane + i),
  )
  const side = (name: string): Side => ({
    name,
    job: {
      kind: 'relay',
      name,
      lanes,
      framesPerSocket: FRAMES_PER_SOCKET,
      reader: name === 'echo' ? 'self' : 'other',
    },
  })
  return [side('ours'), side('store and pass on'), side('echo')]
}
