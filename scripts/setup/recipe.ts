import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * What a recipe makes depends on its files: their names and contents, in a fixed order, as a short
 * hash. It becomes part of the cache entry's name, so that a changed recipe makes a new entry.
 * @param ignore paths below `dir` that do not count, such as tests.
 */
export function hashFolder(dir: string, ignore: (path: string) => boolean = () => false): string {
  const hash = createHash('sha256')
  for (const path of filesBelow(dir).filter((path) => !ignore(path))) {
    const content = readFileSync(join(dir, path))
    hash.update(`${path}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex').slice(0, 12)
}

function filesBelow(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .sort()
}
