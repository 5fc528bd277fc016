/** A host as a process of its own, and what it says of itself over HTTP. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import type { ControlPlaneStub } from './control-plane-stub.ts'
import type { Environment } from './test-host.ts'

const logLineSchema = z.object({ msg: z.string(), level: z.number() })
export type LogLine = z.infer<typeof logLineSchema>

/** Starts a host process, which ends with the test at the latest; `logged` is what it has logged so far. */
export async function startProcess(controlPlane: ControlPlaneStub, environment: Environment) {
  const before = controlPlane.enrolments
  const child = spawn(process.execPath, [join(import.meta.dirname, '../main.ts')], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  // A test that fails leaves no host behind.
  onTestFinished(() => void child.kill('SIGKILL'))
  const logged: LogLine[] = []
  let rest = ''
  child.stdout.on('data', (chunk) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) logged.push(logLineSchema.parse(JSON.parse(line)))
  })
  await controlPlane.until(() => controlPlane.enrolments > before, 'the enrolment')
  return { child, logged, url: environment.RADIST_SFU_PUBLIC_URL ?? '' }
}

/** The code with which a process has ended, or null when a signal ended it. */
export async function exited(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return child.exitCode
}

/** Looks again until the host says so: what it reports follows its own rhythm. What it says at last, in any case. */
export async function eventually<T>(
  look: () => T | Promise<T>,
  holds: (value: T) => boolean,
  waitMs = 10_000,
): Promise<T> {
  const until = performance.now() + waitMs
  for (;;) {
    const value = await look()
    if (holds(value) || performance.now() > until) return value
    await after(100)
  }
}

const healthSchema = z.object({
  state: z.string(),
  reasons: z.array(z.string()),
  journal: z.object({ damaged: z.int(), failure: z.string().nullable(), usage: z.number() }),
})
export const healthOf = async (url: string) => healthSchema.parse(await (await fetch(`${url}/health`)).json())

const readySchema = z.object({ ready: z.boolean(), reasons: z.array(z.string()) })
export async function readyOf(url: string) {
  const response = await fetch(`${url}/ready`)
  return { status: response.status, ...readySchema.parse(await response.json()) }
}

export const metricsOf = async (url: string): Promise<string> => (await fetch(`${url}/metrics`)).text()

/** The value of a series in Prometheus' text format; null when there is none. */
export function valueIn(text: string, series: string): number | null {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `))
  return line === undefined ? null : Number(line.slice(series.length))
}
