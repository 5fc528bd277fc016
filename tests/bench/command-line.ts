/** What the benchmarks' command lines share: they choose parts, print what was found, and stop all they started. */
import { cpus } from 'node:os'
import { stopEverything } from '../../scripts/process/lifetime.ts'

/** @returns the lines of its report */
type Part<Setting> = (setting: Setting) => Promise<string[]>

export interface Chosen<Setting> {
  parts: Readonly<Record<string, Part<Setting>>>
  /** One part; undefined: all. */
  only: string | undefined
  setting: Setting
  rounds: number
  /** What is told of the machine besides its processor and Node. */
  machine?: string
}

/** Ends the process' work, with exit code 1 when something could not be measured. */
export async function runParts<Setting>(chosen: Chosen<Setting>): Promise<void> {
  const { parts, only, setting, rounds, machine } = chosen
  try {
    const names = Object.keys(parts)
    if (only !== undefined && !names.includes(only))
      throw new Error(`--only: there is no part ${only}, but ${names.join(', ')}`)
    const reports: string[] = []
    for (const [name, part] of Object.entries(parts)) {
      if (only !== undefined && name !== only) continue
      const startedAt = performance.now()
      console.log(`  ${name} …`)
      reports.push((await part(setting)).join('\n'))
      console.log(`  ${name}: ${Math.round((performance.now() - startedAt) / 1000)} s`)
    }
    const [cpu] = cpus()
    const told = machine === undefined ? '' : `, ${machine}`
    console.log(`\n${cpus().length} × ${cpu?.model.trim()}, Node ${process.versions.node}${told}`)
    console.log(`medians of ${rounds} rounds (lowest–highest)\n\n${reports.join('\n\n')}`)
  } catch (error) {
    console.error(error)
    process.exitCode = 1
  } finally {
    await stopEverything()
  }
}
