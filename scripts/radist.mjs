#!/usr/bin/env node
/**
 * The door to all commands: `node scripts/radist.mjs start | test | setup`.
 *
 * Plain JavaScript without dependencies, so that it runs on an old Node before anything is installed.
 * It does one thing: it makes sure that the rest, which is TypeScript, runs on Node 24.
 */
import { execFileSync, spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import nodeModule from 'node:module'
import { constants, homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Older ones do not run TypeScript as it is; for newer ones uWebSockets.js has no binary yet. */
const NODE_MAJORS = [24, 25]
const scriptsDir = dirname(fileURLToPath(import.meta.url))
const recipeDir = join(scriptsDir, 'setup', 'node24')

/** What is slow to make lives here, outside the checkout, so that a fresh checkout finds it. */
const cacheDir = resolve(
  process.env.RADIST_CACHE_DIR || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'radist'),
)
process.env.RADIST_CACHE_DIR = cacheDir
/** Node keeps compiled code and stripped types here: quicker starts, and 15 MB less for each process. */
process.env.NODE_COMPILE_CACHE ||= join(cacheDir, 'compile-cache')

stopWithNpm()
if (NODE_MAJORS.includes(Number(process.versions.node.split('.')[0]))) {
  prependToPath(dirname(process.execPath))
  nodeModule.enableCompileCache()
  await import('./main.ts')
} else {
  const node = await node24()
  prependToPath(dirname(node))
  runOnNode24(node)
}

/** Puts this Node first, so that npm and every tool started from here on run on it. */
function prependToPath(dir) {
  process.env.PATH = [dir, process.env.PATH].filter(Boolean).join(delimiter)
}

/** The path of Node 24's binary, installed from npm into the cache if it is not there yet. */
async function node24() {
  const platform = `${process.platform}-${process.arch}`
  const recipe = JSON.parse(readFileSync(join(recipeDir, 'package.json'), 'utf8'))
  const packageName = `node-${platform}`
  const version = recipe.optionalDependencies[packageName]
  if (!version)
    fail(
      `Radist needs Node ${NODE_MAJORS[0]}: install it (nodejs.org has it for ${platform}) and start again.`,
    )

  const entry = join(cacheDir, `node-${version}-${platform}`)
  const node = join(entry, 'node_modules', packageName, 'bin', 'node')
  if (existsSync(node)) return node

  const since = Date.now()
  const seconds = () => `${Math.round((Date.now() - since) / 1000)} s`
  console.log(`Node ${version}: installing (this machine's own is ${process.versions.node}) …`)
  mkdirSync(cacheDir, { recursive: true })
  // Built beside and renamed when complete: an interruption leaves no half entry, and of two runs at
  // once one wins and the other uses its result.
  const temporary = mkdtempSync(`${entry}.tmp-`)
  const log = join(cacheDir, 'node24.log')
  cpSync(recipeDir, temporary, { recursive: true })
  const life = setInterval(() => console.log(`Node ${version}: installing (${seconds()}) …`), 15_000)
  const code = await runToLog(
    'npm',
    ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    temporary,
    log,
  )
  clearInterval(life)
  if (code !== 0 || !existsSync(join(temporary, 'node_modules', packageName, 'bin', 'node'))) {
    rmSync(temporary, { recursive: true, force: true })
    console.error(readFileSync(log, 'utf8').trimEnd().split('\n').slice(-30).join('\n'))
    fail(`Node ${version} could not be installed from npm. The log is in ${log}.`)
  }
  try {
    renameSync(temporary, entry)
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true })
    if (!existsSync(node)) throw error
  }
  console.log(`Node ${version}: done (${seconds()})`)
  return node
}

/** Resolves with the exit code, or with null if a signal ended it. */
function runToLog(command, args, cwd, log) {
  const output = openSync(log, 'w')
  return new Promise((resolve, reject) => {
    spawn(command, args, { cwd, stdio: ['ignore', output, output] })
      .on('error', reject)
      .on('close', resolve)
  })
}

/**
 * Runs the rest on Node 24, handing on signals and the exit code. The pipe at descriptor 3 is a
 * lifeline: when this process dies, however it dies, its end closes and the other side stops too.
 */
function runOnNode24(node) {
  const child = spawn(node, [join(scriptsDir, 'main.ts'), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    env: { ...process.env, RADIST_LIFELINE_FD: '3' },
  })
  // A Ctrl-C may arrive at the child twice, from the terminal and from here: it takes the first one.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => fail(`${node} does not run: ${error.message}`))
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
}

/**
 * npm killed outright tells nobody, and leaves the shell between it and this process running. So both
 * links of that chain are watched; when one breaks, everything stops as on SIGTERM.
 */
function stopWithNpm() {
  if (!process.env.npm_lifecycle_event) return
  const shell = isShell(process.ppid) ? process.ppid : undefined
  const chain = () => [process.ppid, shell && parentOf(shell)].join()
  const whole = chain()
  const interval = process.platform === 'linux' ? 500 : 2_000
  setInterval(() => chain() !== whole && process.kill(process.pid, 'SIGTERM'), interval).unref()
}

function isShell(pid) {
  return /sh$/.test(processField(pid, 'comm').trim())
}

function parentOf(pid) {
  return processField(pid, 'ppid').trim()
}

/** @param {'comm' | 'ppid'} field */
function processField(pid, field) {
  try {
    if (process.platform !== 'linux') return execFileSync('ps', ['-o', `${field}=`, '-p', pid]).toString()
    // A small container may lack ps. "pid (comm) state ppid …"; the name may hold spaces and brackets.
    const [, comm, ppid] = /^\d+ \((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))
    return field === 'comm' ? comm : ppid
  } catch {
    return ''
  }
}

function fail(message) {
  console.error(message)
  process.exit(1)
}
