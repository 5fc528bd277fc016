/**
 * Reading from the distribution's archive what the machine's own apt is not set up for: source
 * packages, and packages of a newer release. Mirror and keyring are taken from the machine's own
 * sources, and apt runs with a configuration and folders of its own, so the machine's stay untouched
 * and root is not needed.
 */
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from '../process/command.ts'
import { SetupFailure } from './failure.ts'

export type DebianSource = { readonly uri: string; readonly signedBy: string | undefined }

export type OsRelease = { readonly id: string; readonly version: string; readonly codename: string }

export function readOsRelease(): OsRelease | undefined {
  try {
    return parseOsRelease(readFileSync('/etc/os-release', 'utf8'))
  } catch {
    return undefined
  }
}

export function parseOsRelease(text: string): OsRelease {
  const field = (name: string) => new RegExp(`^${name}="?([^"\n]*)"?$`, 'm').exec(text)?.[1] ?? ''
  return { id: field('ID'), version: field('VERSION_ID'), codename: field('VERSION_CODENAME') }
}

/** The machine's mirror of its own release. */
export function readDebianSource(codename: string): DebianSource {
  const files = ['/etc/apt/sources.list', ...globSync('/etc/apt/sources.list.d/*.{list,sources}')]
  for (const file of files) {
    let text: string
    try {
      text = readFileSync(file, 'utf8')
    } catch {
      continue
    }
    const source = file.endsWith('.sources') ? findInDeb822(text, codename) : findInList(text, codename)
    if (source) return source
  }
  throw new SetupFailure(
    `No apt source for "${codename}" is set up on this machine: add the distribution's mirror to /etc/apt/sources.list.d and start again.`,
  )
}

/** Looks in a file of `Field: value` paragraphs (deb822). */
export function findInDeb822(text: string, codename: string): DebianSource | undefined {
  for (const paragraph of text.replace(/^#.*\n/gm, '').split(/\n\s*\n/)) {
    const field = (name: string) => new RegExp(`^${name}:[ \\t]*(.+)$`, 'im').exec(paragraph)?.[1]?.trim()
    const uri = field('URIs')?.split(/\s+/)[0]
    if (!uri || field('Enabled')?.toLowerCase() === 'no') continue
    if (field('Suites')?.split(/\s+/).includes(codename)) return { uri, signedBy: field('Signed-By') }
  }
  return undefined
}

/** Looks in a file of `deb [options] uri suite components` lines. */
export function findInList(text: string, codename: string): DebianSource | undefined {
  for (const line of text.split('\n')) {
    const match = /^deb(?:\s+\[([^\]]*)\])?\s+(\S+)\s+(\S+)/.exec(line)
    if (match?.[2] && match[3] === codename) {
      return { uri: match[2], signedBy: /signed-by=(\S+)/.exec(match[1] ?? '')?.[1] }
    }
  }
  return undefined
}

export class DebianArchive {
  readonly #dir: string
  readonly #log: string

  /** @param dir a folder for apt's lists and downloads; source packages are unpacked into it. */
  constructor(dir: string, log: string) {
    this.#dir = dir
    this.#log = log
  }

  /** Fetches the package lists of a suite from the given mirror. */
  async update(types: 'deb' | 'deb-src', source: DebianSource, suite: string): Promise<void> {
    for (const folder of ['sources', 'lists/partial', 'cache/archives/partial']) {
      mkdirSync(join(this.#dir, folder), { recursive: true })
    }
    const lines = [`Types: ${types}`, `URIs: ${source.uri}`, `Suites: ${suite}`, 'Components: main']
    if (source.signedBy) lines.push(`Signed-By: ${source.signedBy}`)
    writeFileSync(join(this.#dir, 'sources', 'radist.sources'), `${lines.join('\n')}\n`)
    await this.#apt('update')
  }

  /** Downloads a binary package's `.deb` into the folder. */
  download = (name: string): Promise<void> => this.#apt('download', name)

  /** Downloads and unpacks a source package, with Debian's patches applied. Needs dpkg-dev. */
  source = (name: string): Promise<void> => this.#apt('source', name)

  #apt(...args: string[]): Promise<void> {
    const options = {
      'Dir::Etc::SourceList': '/dev/null',
      'Dir::Etc::SourceParts': join(this.#dir, 'sources'),
      'Dir::State::Lists': join(this.#dir, 'lists'),
      'Dir::Cache': join(this.#dir, 'cache'),
      // Else apt, run by root, warns that its download user cannot write here.
      'APT::Sandbox::User': 'root',
    }
    const flags = Object.entries(options).map(([name, value]) => `-o${name}=${value}`)
    return runCommand('apt-get', ['-q', ...flags, ...args], { cwd: this.#dir, log: this.#log })
  }
}
