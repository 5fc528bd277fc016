import { describe, expect, it } from 'vitest'
import { accessOf, guestLink, memberHash } from './access.ts'

const id = '6f1c2f0e-3b57-4f6e-8a8e-0d5d8c1f2a3b'

describe('access', () => {
  it('of a guest comes back from the link as it went in', () => {
    const token = 'ct_eyJhbGciOiJFZERTQSJ9.e30.a-b_c+d&e=f'
    const link = new URL(guestLink('https://radist.example', { kind: 'room', id }, 'rad_pk_x', token))
    expect(link.pathname).toBe(`/playground/room/${id}`)
    expect(accessOf(link.hash)).toEqual({ kind: 'guest', publicKey: 'rad_pk_x', token })
  })

  it('sends nothing of a guest’s token to a server', () => {
    const link = new URL(guestLink('https://radist.example', { kind: 'call', id }, 'rad_pk_x', 'ct_secret'))
    expect(link.search + link.pathname).not.toContain('secret')
  })

  it('of a member names the project', () => {
    expect(accessOf(`#${memberHash(id)}`)).toEqual({ kind: 'member', projectId: id })
  })

  it.each(['', '#', '#chat', '#key=rad_pk_x', '#token=ct_x', '#key=&token=ct_x'])(
    'is anyone’s with %j',
    (hash) => {
      expect(accessOf(hash)).toEqual({ kind: 'anyone' })
    },
  )
})
