import { existsSync } from 'node:fs'
import { readToolchain, type Toolchain, writeToolchain } from '../toolchain.ts'
import { chromium } from './chromium.ts'
import { coturn } from './coturn.ts'
import { setUpMediasoupWorker } from './mediasoup-worker.ts'
import { type Program, setUpProgram } from './program.ts'
import { step } from './progress.ts'
import { setUpSfuNode } from './sfu-node.ts'

/**
 * Sets up everything but Node 24 and the npm packages, which are there already when this runs. Does
 * only what is missing: when nothing is, it takes a fraction of a second.
 * @param tests also what only the tests need.
 */
export async function setUp({ tests }: { tests: boolean }): Promise<Toolchain> {
  const worker = await step('mediasoup worker', setUpMediasoupWorker)
  const sfuNode = await step('Node for the SFU host', setUpSfuNode)
  const forTests = (program: Program, known: 'chromium' | 'turnserver') =>
    tests ? step(program.title, (report) => setUpProgram(program, report)) : knownProgram(known)
  const toolchain: Toolchain = {
    node: process.execPath,
    sfuNode: sfuNode.node,
    mediasoupWorkerBin: worker.bin,
    chromium: await forTests(chromium, 'chromium'),
    turnserver: await forTests(coturn, 'turnserver'),
    origins: { sfuNode: sfuNode.origin, mediasoupWorker: worker.origin },
  }
  writeToolchain(toolchain)
  return toolchain
}

/** A set-up without the tests does not forget what an earlier one with them found. */
function knownProgram(name: 'chromium' | 'turnserver'): string | null {
  try {
    const path = readToolchain()[name]
    return path && existsSync(path) ? path : null
  } catch {
    return null
  }
}
