import { describe, expect, it } from 'vitest'
import { browserSnippet, languages, snippetOf } from './snippets.ts'

const facts = {
  origin: 'https://radist.example',
  projectId: '6f1c2f0e-3b57-4f6e-8a8e-0d5d8c1f2a3b',
  secretKey: 'rad_sk_secret',
}

describe.each(languages)('the quick start for $name', ({ id }) => {
  it('has the address, the project and the key filled in', () => {
    const code = snippetOf(id, facts)
    expect(code).toContain(`https://radist.example/api/v1/projects/${facts.projectId}/calls`)
    expect(code).toContain('Bearer rad_sk_secret')
  })

  it('leaves a place for a key that is not at hand', () => {
    expect(snippetOf(id, { ...facts, secretKey: null })).toContain('Bearer rad_sk_…')
  })
})

it('gives pages the public key alone', () => {
  const code = browserSnippet(facts.origin, 'rad_pk_public')
  expect(code).toContain('rad_pk_public')
  expect(code).not.toContain('rad_sk_')
})
