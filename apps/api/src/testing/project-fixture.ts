/** A project with keys, as Worker tests need one. */
import { env } from 'cloudflare:workers'
import { type CreateCallAnswer, createCallAnswerSchema, generateKey, hashSecret } from '@radist-tech/protocol'
import { eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { billingAccounts, projects, publicKeys, secretKeys } from '../../../../drizzle/schema.ts'
import { send } from './documented-requests.ts'

export interface TestProject {
  projectId: string
  secretKey: string
  publicKey: string
}

export async function newProject(
  options: { projectId?: string; connectionLimit?: number; allowedOrigins?: string } = {},
): Promise<TestProject> {
  const { projectId = crypto.randomUUID(), connectionLimit = 100, allowedOrigins = '[]' } = options
  const db = drizzle(env.DB)
  const row = { id: projectId, name: 'Test', connectionLimit, allowedOrigins, createdAt: Date.now() }
  await db.insert(projects).values(row)
  return { projectId, secretKey: await addSecretKey(projectId), publicKey: await addPublicKey(projectId) }
}

/** Gives the project a billing account of its own, or changes it. */
export async function setBillingAccount(
  projectId: string,
  account: Partial<Omit<typeof billingAccounts.$inferInsert, 'id'>>,
): Promise<void> {
  const db = drizzle(env.DB)
  await db
    .insert(billingAccounts)
    .values({ id: projectId, name: 'Test', createdAt: Date.now(), ...account })
    .onConflictDoUpdate({ target: billingAccounts.id, set: account })
  await db.update(projects).set({ billingAccountId: projectId }).where(eq(projects.id, projectId))
}

export async function addSecretKey(projectId: string): Promise<string> {
  const key = generateKey('secret')
  const row = {
    hash: hashSecret(key),
    projectId,
    name: 'Test',
    lastFour: key.slice(-4),
    createdAt: Date.now(),
  }
  await drizzle(env.DB).insert(secretKeys).values(row)
  return key
}

export async function addPublicKey(projectId: string): Promise<string> {
  const key = generateKey('public')
  await drizzle(env.DB).insert(publicKeys).values({ key, projectId, createdAt: Date.now() })
  return key
}

/** Makes a call as the project's backend does. */
export async function newCall(
  { projectId, secretKey }: TestProject,
  body: unknown = {},
): Promise<CreateCallAnswer> {
  const answer = await request(`/api/v1/projects/${projectId}/calls`, {
    method: 'POST',
    key: secretKey,
    body,
  })
  if (answer.status !== 200) throw new Error(`No call: ${answer.status} ${await answer.text()}`)
  return createCallAnswerSchema.parse(await answer.json())
}

/** A request to the Worker, with `key` as bearer token and `body` as JSON. Its answer has to be documented. */
export async function request(
  path: string,
  options: { method?: string; key?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Response> {
  const { method = 'GET', key, body, headers = {} } = options
  return send(path, {
    method,
    headers: { ...(key === undefined ? {} : { authorization: `Bearer ${key}` }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
}
