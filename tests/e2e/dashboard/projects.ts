/** Projects of people with accounts, made through the dashboard's own API in their browser's name. */
import {
  dashboardSessionSchema,
  invitationSchema,
  newSecretKeyAnswerSchema,
  projectAnswerSchema,
  type Role,
} from '@radist-tech/protocol/dashboard'
import type { Browser, Page } from 'playwright-core'
import { inject } from 'vitest'
import type { Project } from '../rest.ts'
import { createAccount, newPerson, type Person, visitAs } from './people.ts'

/** Asks `/api/dashboard` with the session of this page. Throws when it is refused. */
export async function ask(page: Page, method: string, path: string, body: object = {}): Promise<unknown> {
  const { origin } = new URL(inject('stack').dashboardUrl)
  const answer = await page.request.fetch(`${origin}/api/dashboard${path}`, {
    method,
    headers: { origin },
    ...(method !== 'GET' && { data: body }),
  })
  if (!answer.ok()) throw new Error(`${method} ${path}: ${answer.status()} ${await answer.text()}`)
  const text = await answer.text()
  return text === '' ? null : JSON.parse(text)
}

export interface OwnProject extends Project {
  readonly name: string
  readonly organizationId: string
  readonly publicKey: string
}

/** A project in the organisation of whoever is signed in, with a secret key for the test's own backend. */
export async function makeProject(page: Page, name: string): Promise<OwnProject> {
  const session = dashboardSessionSchema.parse(await ask(page, 'GET', '/session'))
  const organizationId = session.organizations[0]?.organizationId
  if (!organizationId) throw new Error('Nobody is without an organisation')
  const path = `/organizations/${organizationId}/projects`
  const { projectId, publicKey } = projectAnswerSchema.parse(await ask(page, 'POST', path, { name }))
  const made = await ask(page, 'POST', `/projects/${projectId}/keys`, { name: 'The test’s backend' })
  const { secretKey } = newSecretKeyAnswerSchema.parse(made)
  const { apiBaseUrl } = inject('stack')
  return { name, organizationId, projectId, publicKey, secretKey, apiBaseUrl }
}

/** An owner with a project, and their window. */
export async function ownerWithProject(
  browser: Browser,
  name: string,
): Promise<{ person: Person; page: Page; project: OwnProject }> {
  const person = await createAccount(newPerson(name))
  const page = await visitAs(browser, person, '/')
  const project = await makeProject(page, `${name}’s project`)
  return { person, page, project }
}

/** The window of somebody who was invited with this role and has accepted. */
export async function colleague(
  browser: Browser,
  owner: Page,
  project: OwnProject,
  name: string,
  role: Role,
): Promise<Page> {
  const person = await createAccount(newPerson(name))
  const path = `/organizations/${project.organizationId}/invitations`
  const { email } = person
  const { invitationId } = invitationSchema.parse(await ask(owner, 'POST', path, { email, role }))
  const page = await visitAs(browser, person, '/account')
  await ask(page, 'POST', `/invitations/${invitationId}/accept`)
  return page
}
