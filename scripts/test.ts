/** `npm test`: the checks in stages, cheap ones first, up to the first that fails. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { repositoryRoot } from './paths.ts'
import { runInTerminal } from './process/in-terminal.ts'
import { SetupFailure } from './setup/failure.ts'
import { formatDuration } from './setup/progress.ts'
import { setUp } from './setup/setup.ts'
import { type Stage, type StageRun, stages } from './test-stages.ts'
import type { Toolchain } from './toolchain.ts'

type Outcome = { readonly stage: string; readonly ok: boolean; readonly ms: number; readonly counts: Counts }
type Counts = { readonly passed: number; readonly failed: number }

export async function test(names: readonly string[], { list }: { list: boolean }): Promise<void> {
  if (list) {
    for (const { name, description } of stages) console.log(`${name.padEnd(11)}${description}`)
    return
  }
  const chosen = chooseStages(names)
  const toolchain = await setUp({ tests: true })
  const outcomes: Outcome[] = []
  for (const stage of chosen) {
    console.log(`\n── ${stage.name}: ${stage.description}`)
    const outcome = await runStage(stage, toolchain)
    outcomes.push(outcome)
    console.log(`${outcome.ok ? '✓' : '✗'} ${stage.name} (${formatDuration(outcome.ms)})`)
    if (!outcome.ok) break
  }
  console.log(`\n${summarize(outcomes, chosen)}`)
  process.exitCode = outcomes.every(({ ok }) => ok) ? 0 : 1
}

/** Those named, in the fixed order; all when none is named. */
function chooseStages(names: readonly string[]): readonly Stage[] {
  const unknown = names.find((name) => !stages.some((stage) => stage.name === name))
  if (unknown !== undefined) {
    throw new SetupFailure(
      `There is no stage "${unknown}". Stages: ${stages.map(({ name }) => name).join(', ')}.`,
    )
  }
  return names.length === 0 ? stages : stages.filter(({ name }) => names.includes(name))
}

async function runStage(stage: Stage, toolchain: Toolchain): Promise<Outcome> {
  const since = performance.now()
  const temporary = mkdtempSync(join(tmpdir(), 'radist-test-'))
  const report = join(temporary, 'vitest.json')
  const run: StageRun = (command, args, env = {}) => runInTerminal(command, args, env)
  const vitest = (node: string, project: string, env = {}): Promise<boolean> =>
    run(
      node,
      [
        join(repositoryRoot, 'node_modules', 'vitest', 'vitest.mjs'),
        ...[
          'run',
          '--project',
          project,
          '--reporter=default',
          '--reporter=json',
          `--outputFile.json=${report}`,
        ],
      ],
      env,
    )
  try {
    const ok = await stage.run({ toolchain, run, vitest })
    return { stage: stage.name, ok, ms: performance.now() - since, counts: readCounts(report) }
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

/** From vitest's JSON report; nothing for stages that run no tests. */
function readCounts(report: string): Counts {
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'))
    return { passed: numPassedTests, failed: numFailedTests }
  } catch {
    return { passed: 0, failed: 0 }
  }
}

function summarize(outcomes: readonly Outcome[], chosen: readonly Stage[]): string {
  const rows = chosen.map(({ name }) => {
    const outcome = outcomes.find(({ stage }) => stage === name)
    if (!outcome) return `  ${name} did not run`
    const { passed, failed } = outcome.counts
    const tests = passed + failed > 0 ? `, ${passed} passed, ${failed} failed` : ''
    return `${outcome.ok ? '✓' : '✗'} ${name} (${formatDuration(outcome.ms)}${tests})`
  })
  const total = (key: keyof Counts) => outcomes.reduce((sum, { counts }) => sum + counts[key], 0)
  // A stage without tests of its own (lint, types) fails as one.
  const failedStages = outcomes.filter(({ ok, counts }) => !ok && counts.failed === 0).length
  return `${rows.join('\n')}\n\n${total('passed')} passed, ${total('failed') + failedStages} failed`
}
