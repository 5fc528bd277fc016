/** People who are signed in to the dashboard, as Worker tests need them: by the Worker itself, with a cookie. */
import { env, exports } from 'cloudflare:workers'
import type { Role } from '@radist-tech/protocol/dashboard'
import { asc, eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { expect, vi } from 'vitest'
import { accounts, members, organizations, users } from '../../../../drizzle/auth-schema.ts'
import { billingAccounts, inboxMails, projects } from '../../../../drizzle/schema.ts'
import { hashPassword } from '../dashboard/password.ts'
import { newProject, type TestProject } from './project-fixture.ts'

export const ORIGIN = 'https://radist.test'
export const PASSWORD = 'correct horse battery'

let passwordHash: Promise<string> | undefined

export interface TestUser {
  userId: string
  email: string
  /** Of its own, so that tests do not use up each other's attempts. */
  ipAddress: string
}

/** A user with a confirmed address and {@link PASSWORD}, who belongs nowhere. */
export async function newUser(options: { email?: string; emailVerified?: boolean } = {}): Promise<TestUser> {
  const userId = crypto.randomUUID()
  const { email = `${userId}@radist.test`, emailVerified = true } = options
  passwordHash ??= hashPassword(PASSWORD)
  const password = await passwordHash
  const db = drizzle(env.DB)
  await db.batch([
    db.insert(users).values({ id: userId, name: 'Test', email, emailVerified }),
    db
      .insert(accounts)
      .values({ id: crypto.randomUUID(), accountId: userId, providerId: 'credential', userId, password }),
  ])
  return { userId, email, ipAddress: newAddress() }
}

export async function newOrganization(name = 'Test'): Promise<string> {
  const organizationId = crypto.randomUUID()
  const db = drizzle(env.DB)
  await db.batch([
    db.insert(organizations).values({ id: organizationId, name }),
    db
      .insert(billingAccounts)
      .values({ id: crypto.randomUUID(), name, organizationId, createdAt: Date.now() }),
  ])
  return organizationId
}

/** @returns the member's id */
export async function addMember(organizationId: string, userId: string, role: Role): Promise<string> {
  const id = crypto.randomUUID()
  await drizzle(env.DB).insert(members).values({ id, organizationId, userId, role })
  return id
}

/** A browser: keeps cookies, names its page's origin, and comes from one address. */
export class Browser {
  readonly cookies = new Map<string, string>()
  readonly ipAddress: string

  constructor(ipAddress = newAddress()) {
    this.ipAddress = ipAddress
  }

  /** `path` is below the origin; a body that is no string is sent as JSON. */
  async fetch(path: string, options: BrowserRequest = {}): Promise<Response> {
    const { method = options.body === undefined ? 'GET' : 'POST', body, headers = {} } = options
    const sent = new Headers({ 'cf-connecting-ip': this.ipAddress })
    if (method !== 'GET') sent.set('origin', ORIGIN)
    if (body !== undefined) sent.set('content-type', 'application/json')
    if (this.cookies.size > 0) sent.set('cookie', [...this.cookies].map((pair) => pair.join('=')).join('; '))
    for (const [name, value] of Object.entries(headers))
      if (value === null) sent.delete(name)
      else sent.set(name, value)
    const answer = await exports.default.fetch(`${ORIGIN}${path}`, {
      method,
      headers: sent,
      redirect: 'manual',
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    for (const cookie of answer.headers.getSetCookie()) this.#keep(cookie)
    return answer
  }

  async signIn(email: string, password = PASSWORD): Promise<Response> {
    return this.fetch('/api/auth/sign-in/email', { body: { email, password } })
  }

  #keep(cookie: string): void {
    const [pair = '', ...attributes] = cookie.split('; ')
    const [name = '', ...value] = pair.split('=')
    if (attributes.some((attribute) => attribute.toLowerCase() === 'max-age=0')) this.cookies.delete(name)
    else this.cookies.set(name, value.join('='))
  }
}

export interface BrowserRequest {
  method?: string
  body?: unknown
  /** Null leaves out one that a browser would send. */
  headers?: Record<string, string | null>
}

export class SignedIn extends Browser {
  readonly userId: string
  readonly email: string
  readonly memberId: string
  readonly organizationId: string

  constructor(user: TestUser, memberId: string, organizationId: string) {
    super(user.ipAddress)
    this.userId = user.userId
    this.email = user.email
    this.memberId = memberId
    this.organizationId = organizationId
  }

  /** `path` is below `/api/dashboard`. */
  ask(path: string, options?: BrowserRequest): Promise<Response> {
    return this.fetch(`/api/dashboard${path}`, options)
  }
}

/** Somebody with this role in the organisation, a new one unless given, signed in. */
export async function signedIn(
  role: Role,
  options: { organizationId?: string; email?: string } = {},
): Promise<SignedIn> {
  const { organizationId = await newOrganization(), email } = options
  const user = await newUser({ ...(email !== undefined && { email }) })
  const memberId = await addMember(organizationId, user.userId, role)
  const browser = new SignedIn(user, memberId, organizationId)
  const answer = await browser.signIn(user.email)
  if (answer.status !== 200) throw new Error(`Not signed in: ${answer.status} ${await answer.text()}`)
  return browser
}

/** A project of the organisation, with keys, paid for by its billing account. */
export async function organizationsProject(organizationId: string): Promise<TestProject> {
  const project = await newProject()
  const db = drizzle(env.DB)
  const [account] = await db
    .select({ id: billingAccounts.id })
    .from(billingAccounts)
    .where(eq(billingAccounts.organizationId, organizationId))
  await db
    .update(projects)
    .set({ organizationId, billingAccountId: account?.id ?? null })
    .where(eq(projects.id, project.projectId))
  return project
}

const newAddress = (): string => `10.${[...crypto.getRandomValues(new Uint8Array(3))].join('.')}`

/** The mails to this address, the newest last, once there are as many: they are sent after the answer. */
export async function mailsTo(email: string, count: number): Promise<{ subject: string; text: string }[]> {
  return vi.waitFor(
    async () => {
      const mails = await drizzle(env.DB)
        .select({ subject: inboxMails.subject, text: inboxMails.text })
        .from(inboxMails)
        .where(eq(inboxMails.recipient, email))
        .orderBy(asc(inboxMails.createdAt))
      expect(mails).toHaveLength(count)
      return mails
    },
    { timeout: 10_000 },
  )
}

/** Path and query of the one link in a mail. */
export function linkIn({ text }: { text: string }): string {
  const { pathname, search } = new URL(/https:\/\/\S+/.exec(text)?.[0] ?? '')
  return pathname + search
}
