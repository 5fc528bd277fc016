import { globSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from './paths.ts'
import { stepLog } from './setup/log.ts'
import { buildDashboard } from './stack/dashboard.ts'
import type { Toolchain } from './toolchain.ts'

/** Resolves with whether the command succeeded. */
export type StageRun = (command: string, args: readonly string[], env?: NodeJS.ProcessEnv) => Promise<boolean>

export type StageContext = {
  readonly toolchain: Toolchain
  readonly run: StageRun
  /** Runs one of vitest's projects on the given Node. */
  readonly vitest: (node: string, project: string, env?: NodeJS.ProcessEnv) => Promise<boolean>
}

export type Stage = {
  readonly name: string
  readonly description: string
  readonly run: (context: StageContext) => Promise<boolean>
}

export const stages: readonly Stage[] = [
  { name: 'lint', description: 'formatting and lint rules', run: ({ run }) => run('biome', ['ci', '.']) },
  { name: 'types', description: 'strict TypeScript in every part', run: checkTypes },
  {
    name: 'unit',
    description: 'rules and formats, in Node',
    run: ({ vitest, toolchain }) => vitest(toolchain.node, 'unit'),
  },
  {
    name: 'worker',
    description: 'the Worker and its Durable Objects, in workerd',
    run: ({ vitest, toolchain }) => vitest(toolchain.node, 'worker'),
  },
  {
    name: 'sfu',
    description: 'the SFU host against the real mediasoup worker',
    run: ({ vitest, toolchain }) =>
      vitest(toolchain.sfuNode, 'sfu', { MEDIASOUP_WORKER_BIN: toolchain.mediasoupWorkerBin }),
  },
  {
    name: 'dashboard',
    description: 'the production build of the web page',
    run: async () => {
      console.log(await buildDashboard(stepLog('dashboard')))
      return true
    },
  },
  {
    name: 'faults',
    description: 'processes killed outright, and what is left when they are back',
    run: ({ vitest, toolchain }) => vitest(toolchain.node, 'faults'),
  },
  {
    name: 'e2e',
    description: 'the running stack in headless Chromium',
    run: ({ vitest, toolchain }) =>
      vitest(toolchain.sfuNode, 'e2e', { MEDIASOUP_WORKER_BIN: toolchain.mediasoupWorkerBin }),
  },
]

async function checkTypes({ run }: StageContext): Promise<boolean> {
  const projects = globSync(['{apps,packages}/*/tsconfig.json', '{scripts,tests}/tsconfig.json'], {
    cwd: repositoryRoot,
  })
  const results = await Promise.all(
    projects.map((project) => run('tsc', ['--noEmit', '-p', join(repositoryRoot, project)])),
  )
  return results.every(Boolean)
}
