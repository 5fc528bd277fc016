import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from '../paths.ts'
import { runCommand } from '../process/command.ts'
import { hashFolder } from '../setup/recipe.ts'

const dashboard = join(repositoryRoot, 'apps', 'dashboard')
const output = join(dashboard, 'dist')
const sources = [
  dashboard,
  join(repositoryRoot, 'packages', 'client'),
  join(repositoryRoot, 'packages', 'protocol'),
]

/** Builds the web page, which the Worker serves, unless it is built from the same sources already. */
export async function buildDashboard(log: string): Promise<'built' | 'unchanged'> {
  const marker = join(repositoryRoot, '.radist', 'dashboard.hash')
  const hash = sources.map((dir) => hashFolder(dir, isNoSource)).join(' ')
  if (existsSync(join(output, 'index.html')) && readIfThere(marker) === hash) return 'unchanged'
  // Built beside and exchanged when complete, so that a Worker running meanwhile never serves half of it.
  const temporary = join(repositoryRoot, '.radist', `dashboard-${process.pid}`)
  await runCommand('vite', ['build', '--outDir', temporary, '--emptyOutDir'], {
    cwd: dashboard,
    // Under a test runner it is `test`, by which React would build its larger development side.
    env: { ...process.env, NODE_ENV: 'production' },
    log,
  })
  rmSync(output, { recursive: true, force: true })
  renameSync(temporary, output)
  writeFileSync(marker, hash)
  return 'built'
}

const isNoSource = (path: string): boolean =>
  /^(dist|node_modules)\//.test(path) || /\.test\.tsx?$/.test(path)

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
