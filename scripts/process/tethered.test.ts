import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { TetheredProcess } from './tethered.ts'

const silence = openSync('/dev/null', 'w')
const shell = (script: string, graceSeconds = 5) =>
  new TetheredProcess('sh', ['-c', script], { output: silence, graceSeconds })

async function isGone(pid: number): Promise<boolean> {
  for (let attempt = 0; attempt < 50; attempt++) {
    try {
      process.kill(pid, 0)
    } catch {
      return true
    }
    await sleep(100)
  }
  return false
}

test('the exit code passes through', async () => {
  expect(await shell('exit 7').exited).toEqual({ code: 7, signal: null })
})

test('a command that does not exist ends with 127', async () => {
  const missing = new TetheredProcess('/nowhere/radist', [], { output: silence, graceSeconds: 1 })
  expect(await missing.exited).toMatchObject({ code: 127 })
})

test('stop lets the command end by itself', async () => {
  const polite = shell('trap "exit 3" TERM; while :; do sleep 0.05; done')
  await polite.pid
  await sleep(300)
  await polite.stop()
  expect(await polite.exited).toMatchObject({ code: 3 })
})

test('stop kills what does not end within the grace period', async () => {
  const stubborn = shell('trap "" TERM; while :; do sleep 0.05; done', 1)
  const pid = await stubborn.pid
  await sleep(300)
  await stubborn.stop()
  expect(await isGone(pid)).toBe(true)
})

test('what the command started ends with it, though the command was killed', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'radist-tether-'))
  const file = join(dir, 'pid')
  await shell(`sleep 60 & echo $! > ${file}; kill -9 $$`).exited
  const pid = Number(readFileSync(file, 'utf8'))
  rmSync(dir, { recursive: true })
  expect(pid).toBeGreaterThan(1)
  expect(await isGone(pid)).toBe(true)
})

test('the command ends when its starter is killed', async () => {
  const script = `
    import { TetheredProcess } from ${JSON.stringify(join(import.meta.dirname, 'tethered.ts'))}
    const child = new TetheredProcess('sleep', ['60'], { output: 'inherit', graceSeconds: 1 })
    console.log(await child.pid)
  `
  const starter = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [output] = await once(starter.stdout, 'data')
  const pid = Number(String(output))
  expect(pid).toBeGreaterThan(1)
  starter.kill('SIGKILL')
  expect(await isGone(pid)).toBe(true)
})
