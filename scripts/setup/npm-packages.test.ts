import { expect, test } from 'vitest'
import { isInstalled } from './npm-packages.ts'

const hono = { version: '4.0.0', integrity: 'sha512-a' }
const lock = {
  packages: {
    '': {},
    'node_modules/hono': hono,
    'node_modules/esbuild-darwin': { version: '1.0.0', optional: true },
    'node_modules/@radist-tech/api': { link: true },
  },
}
const link = { '': {}, 'node_modules/@radist-tech/api': { link: true } }

test('an optional package for another platform may be missing', () => {
  expect(isInstalled(lock, { packages: { ...link, 'node_modules/hono': hono } })).toBe(true)
})

test('a missing package, another version and other contents are noticed', () => {
  for (const other of [{}, { version: '4.0.1', integrity: 'sha512-a' }, { ...hono, integrity: 'sha512-b' }]) {
    expect(isInstalled(lock, { packages: { ...link, 'node_modules/hono': other } })).toBe(false)
  }
  expect(isInstalled(lock, { packages: link })).toBe(false)
})

test('a new workspace is noticed', () => {
  expect(isInstalled(lock, { packages: { 'node_modules/hono': hono } })).toBe(false)
})
