import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { unstable_getVarsForDev as varsForDev } from 'wrangler'
import { envFile } from './env-file.ts'

const directory = mkdtempSync(join(tmpdir(), 'radist-env-'))
afterAll(() => rmSync(directory, { recursive: true }))

/** The variables as the Worker would get them: wrangler itself reads the file. */
function readByWrangler(text: string): Record<string, unknown> {
  const file = join(directory, 'worker.env')
  writeFileSync(file, text)
  const vars = varsForDev(undefined, [file], {}, undefined, true)
  return Object.fromEntries(Object.entries(vars).map(([name, binding]) => [name, binding.value]))
}

test.each([
  ['a quote', "it's"],
  ['quotes of all kinds', `[{"credential":"a'b\`c"}]`],
  ['a reference to another variable', `$FIRST \${FIRST} \\$FIRST $`],
  ['a comment', 'a # b'],
  ['a quote and a comment', "it's # b"],
  ['a backslash at its end', 'C:\\'],
  ['what could be an escape', "a\\nb'`"],
  ['line breaks', 'one\ntwo=2\n'],
  ['spaces around', '  a  '],
  ['nothing', ''],
])('a value with %s arrives as it is, and so do those around it', (_, value) => {
  const variables = { FIRST: 'first', VALUE: value, LAST: 'last' }
  expect(readByWrangler(envFile(variables))).toEqual(variables)
})

test.each(['a\rb', `'"\`#`, `#'"\\\``, "'\\", `\n'"\`\\`].map((value) => [value]))(
  '%j cannot be written: one line that names the variable and does not show the value',
  (value) => {
    expect(() => envFile({ RADIST_X: value })).toThrow(
      /^Wrong configuration: RADIST_X: has a carriage return[^\n]*$/,
    )
  },
)

test('whatever is written is read the same', () => {
  const parts = fc.constantFrom(...'\'"`\\$#\n\r ={}nAé', 'export ')
  const values = fc.oneof(fc.string({ unit: parts, maxLength: 12 }), fc.string({ unit: 'binary' }))
  const names = fc.constantFrom('A', 'B', 'N', 'EXPORT')
  fc.assert(
    fc.property(fc.dictionary(names, values, { noNullPrototype: true }), (variables) => {
      let text: string
      try {
        text = envFile(variables)
      } catch {
        return
      }
      expect(readByWrangler(text)).toEqual(variables)
    }),
    { numRuns: 200 },
  )
})
