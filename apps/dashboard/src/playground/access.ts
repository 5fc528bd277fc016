/**
 * By what right somebody is at a call's or room's page. It is in the address's fragment, which browsers keep to
 * themselves: no server's log has the token of a guest.
 */
import { createContext, useContext } from 'react'
import type { Place } from './place.ts'

export type Access =
  /** Development's own playground: whoever has the link. */
  | { kind: 'anyone' }
  /** Signed in, and a member of the project's organisation. */
  | { kind: 'member'; projectId: string }
  /** Invited by a member, for one time. */
  | { kind: 'guest'; publicKey: string; token: string }

/** @param hash with or without its `#` */
export function accessOf(hash: string): Access {
  const fields = new URLSearchParams(hash.replace(/^#/, ''))
  const projectId = fields.get('project')
  if (projectId) return { kind: 'member', projectId }
  const [publicKey, token] = [fields.get('key'), fields.get('token')]
  return publicKey && token ? { kind: 'guest', publicKey, token } : { kind: 'anyone' }
}

/** The fragment of a member's own page. */
export const memberHash = (projectId: string): string =>
  new URLSearchParams({ project: projectId }).toString()

/** What a guest is sent: all that they need, for one time. */
export const guestLink = (origin: string, { kind, id }: Place, publicKey: string, token: string): string =>
  `${origin}/playground/${kind}/${id}#${new URLSearchParams({ key: publicKey, token })}`

export const AccessContext = createContext<Access>({ kind: 'anyone' })
export const useAccess = (): Access => useContext(AccessContext)
