import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { hashFolder } from './recipe.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'radist-recipe-'))
  mkdirSync(join(dir, 'patches'))
  writeFileSync(join(dir, 'build.ts'), 'build')
  writeFileSync(join(dir, 'patches', 'one.patch'), 'one')
})
afterEach(() => rmSync(dir, { recursive: true }))

test('the same files have the same hash', () => {
  expect(hashFolder(dir)).toBe(hashFolder(dir))
})

test('changed, added and renamed files change the hash', () => {
  const seen = new Set([hashFolder(dir)])
  writeFileSync(join(dir, 'patches', 'one.patch'), 'One')
  seen.add(hashFolder(dir))
  writeFileSync(join(dir, 'patches', 'two.patch'), 'two')
  seen.add(hashFolder(dir))
  renameSync(join(dir, 'patches', 'two.patch'), join(dir, 'patches', 'three.patch'))
  seen.add(hashFolder(dir))
  expect(seen.size).toBe(4)
})

test('text moving between neighbouring files changes the hash', () => {
  writeFileSync(join(dir, 'patches', 'one.patch'), 'onetwo')
  writeFileSync(join(dir, 'patches', 'two.patch'), '')
  const before = hashFolder(dir)
  writeFileSync(join(dir, 'patches', 'one.patch'), 'one')
  writeFileSync(join(dir, 'patches', 'two.patch'), 'two')
  expect(hashFolder(dir)).not.toBe(before)
})

test('ignored files do not count', () => {
  const ignore = (path: string) => path.endsWith('.test.ts')
  const before = hashFolder(dir, ignore)
  writeFileSync(join(dir, 'build.test.ts'), 'test')
  expect(hashFolder(dir, ignore)).toBe(before)
})
