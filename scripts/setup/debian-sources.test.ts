import { expect, test } from 'vitest'
import { findInDeb822, findInList, parseOsRelease } from './debian-sources.ts'

const deb822 = `Types: deb
# a comment between fields
URIs: https://mirror.example/debian-security
Suites: bookworm-security
Signed-By: /keys/security.gpg

Types: deb
URIs: https://mirror.example/debian https://other.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /keys/debian.gpg
`

test('the release itself is found among deb822 paragraphs, not its security suite', () => {
  expect(findInDeb822(deb822, 'bookworm')).toEqual({
    uri: 'https://mirror.example/debian',
    signedBy: '/keys/debian.gpg',
  })
  expect(findInDeb822(deb822, 'trixie')).toBeUndefined()
})

test('a disabled paragraph does not count', () => {
  expect(findInDeb822(deb822.replace('Components: main', 'Enabled: no'), 'bookworm')).toBeUndefined()
})

test('one-line sources are read with and without options', () => {
  const text = `# deb https://commented.example/debian bookworm main
deb-src https://sources.example/debian bookworm main
deb [arch=amd64 signed-by=/keys/debian.gpg] https://mirror.example/debian bookworm main
deb https://plain.example/debian trixie main`
  expect(findInList(text, 'bookworm')).toEqual({
    uri: 'https://mirror.example/debian',
    signedBy: '/keys/debian.gpg',
  })
  expect(findInList(text, 'trixie')).toEqual({ uri: 'https://plain.example/debian', signedBy: undefined })
})

test('os-release values may be quoted', () => {
  expect(parseOsRelease('ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n')).toEqual({
    id: 'debian',
    version: '12',
    codename: 'bookworm',
  })
})
