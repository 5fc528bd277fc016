import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { loadSecrets } from './secrets.ts'

test('secrets are made once; a folder from before one of them keeps the others', () => {
  const folder = mkdtempSync(join(tmpdir(), 'radist-secrets-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const made = loadSecrets(folder)
  expect(loadSecrets(folder)).toEqual(made)

  const file = join(folder, 'secrets.json')
  const { stripeWebhookSecret: _, ...older } = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(file, JSON.stringify(older))
  const completed = loadSecrets(folder)
  expect(completed).toEqual({ ...older, stripeWebhookSecret: expect.stringMatching(/^whsec_\w{48}$/) })
  expect(loadSecrets(folder)).toEqual(completed)
})
