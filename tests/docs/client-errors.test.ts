/** The README of the client SDK tells of every error that arises in the page. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { clientErrors } from '../../packages/client/src/errors.ts'

it('has a row for each error, and no other', () => {
  const readme = readFileSync(new URL('../../packages/client/README.md', import.meta.url), 'utf8')
  const [, section = ''] = readme.split('## Errors')
  const rows = [...section.matchAll(/^\| `(\w+)` +\| (yes|no) /gm)].map((row) => row.slice(1))
  const errors = Object.entries(clientErrors)
  expect(rows).toEqual(errors.map(([code, { retryable }]) => [code, retryable ? 'yes' : 'no']))
})
