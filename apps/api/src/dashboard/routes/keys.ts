/** A project's keys: secret ones are shown once, public ones are replaced with an overlap. */
import { generateKey, hashSecret, isWellFormedKey } from '@radist-tech/protocol'
import { keyNameBodySchema, rollPublicKeyBodySchema } from '@radist-tech/protocol/dashboard'
import { and, count, desc, eq, gt, isNull, ne, or, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/d1'
import { publicKeys, secretKeys } from '../../../../../drizzle/schema.ts'
import { ApiError } from '../../api-error.ts'
import type { Env } from '../../env.ts'
import { jsonBody } from '../../json-body.ts'
import { audit } from '../audit.ts'
import type { DashboardRoutes } from '../router.ts'

/** Good ones of a project at once. */
const MOST_SECRET_KEYS = 100
const MOST_PUBLIC_KEYS = 20
/** Of each kind, the good ones first: of those that were revoked the newest are enough. */
const MOST_LISTED = 200

export function keyRoutes(routes: DashboardRoutes): void {
  routes.project('get', '/keys', 'keys:read', async (c, { project: { projectId } }) =>
    c.json(await keysOf(c.env, projectId)),
  )

  routes.project('post', '/keys', 'keys:manage', async (c, { actor, project: { projectId } }) => {
    const { name } = await jsonBody(c, keyNameBodySchema)
    const db = drizzle(c.env.DB)
    const [good] = await db.select({ count: count() }).from(secretKeys).where(goodSecretKeys(projectId))
    if (good && good.count >= MOST_SECRET_KEYS) throw new ApiError('too_many_keys')
    const secretKey = generateKey('secret')
    const row = {
      hash: hashSecret(secretKey),
      projectId,
      name,
      lastFour: secretKey.slice(-4),
      createdAt: Date.now(),
      createdBy: actor.userId,
    }
    const [made] = await db.insert(secretKeys).values(row).returning()
    if (!made) throw new Error('A key was not made')
    // A key that is not remembered is looked for, but only so often: this one works at once.
    await c.env.PROJECT.getByName(projectId).invalidateCache()
    await audit(c.env, actor, { action: 'key.created', target: `${name} (…${row.lastFour})`, projectId })
    return c.json({ key: secretKeySummary(made), secretKey })
  })

  routes.project('delete', '/keys/:keyId', 'keys:manage', async (c, { actor, project: { projectId } }) => {
    const [revoked] = await drizzle(c.env.DB)
      .update(secretKeys)
      .set({ revokedAt: Date.now() })
      .where(and(goodSecretKeys(projectId), eq(secretKeys.id, c.req.param('keyId') ?? '')))
      .returning()
    if (!revoked) throw new ApiError('key_not_found')
    await c.env.PROJECT.getByName(projectId).invalidateCache()
    const target = `${revoked.name} (…${revoked.lastFour})`
    await audit(c.env, actor, { action: 'key.revoked', target, projectId })
    return c.json({ key: secretKeySummary(revoked) })
  })

  routes.project('post', '/public-keys/roll', 'keys:manage', async (c, { actor, project: { projectId } }) => {
    const { overlapSeconds } = await jsonBody(c, rollPublicKeyBodySchema)
    const db = drizzle(c.env.DB)
    const now = Date.now()
    const [good] = await db.select({ count: count() }).from(publicKeys).where(goodPublicKeys(projectId, now))
    if (good && good.count >= MOST_PUBLIC_KEYS) throw new ApiError('too_many_keys')
    const key = generateKey('public')
    const expiresAt = now + overlapSeconds * 1000
    await db.batch([
      db.insert(publicKeys).values({ key, projectId, createdAt: now }),
      db
        .update(publicKeys)
        .set({ expiresAt })
        .where(
          and(
            eq(publicKeys.projectId, projectId),
            ne(publicKeys.key, key),
            isNull(publicKeys.revokedAt),
            or(isNull(publicKeys.expiresAt), gt(publicKeys.expiresAt, expiresAt)),
          ),
        ),
    ])
    await c.env.PROJECT.getByName(projectId).invalidateCache()
    await audit(c.env, actor, { action: 'public_key.rolled', target: key, projectId })
    return c.json(await keysOf(c.env, projectId))
  })

  routes.project(
    'delete',
    '/public-keys/:publicKey',
    'keys:manage',
    async (c, { actor, project: { projectId } }) => {
      const key = c.req.param('publicKey') ?? ''
      if (!isWellFormedKey('public', key)) throw new ApiError('key_not_found')
      await revokePublicKey(c.env, projectId, key)
      await c.env.PROJECT.getByName(projectId).invalidateCache()
      await audit(c.env, actor, { action: 'public_key.revoked', target: key, projectId })
      return c.json(await keysOf(c.env, projectId))
    },
  )
}

const goodSecretKeys = (projectId: string) =>
  and(eq(secretKeys.projectId, projectId), isNull(secretKeys.revokedAt))

const goodPublicKeys = (projectId: string, now: number) =>
  and(
    eq(publicKeys.projectId, projectId),
    isNull(publicKeys.revokedAt),
    or(isNull(publicKeys.expiresAt), gt(publicKeys.expiresAt, now)),
  )

/** In one statement, so that of two that are revoked at once one stays. */
async function revokePublicKey(env: Env, projectId: string, key: string): Promise<void> {
  const db = drizzle(env.DB)
  const now = Date.now()
  const lasting = sql`EXISTS (
    SELECT 1 FROM public_keys AS others
    WHERE others.project_id = ${projectId} AND others.key <> ${key}
      AND others.revoked_at IS NULL AND others.expires_at IS NULL
  )`
  const isGood = and(goodPublicKeys(projectId, now), eq(publicKeys.key, key))
  const revoked = await db
    .update(publicKeys)
    .set({ revokedAt: now })
    .where(and(isGood, lasting))
    .returning({ key: publicKeys.key })
  if (revoked.length > 0) return
  const found = await db.select({ key: publicKeys.key }).from(publicKeys).where(isGood)
  throw new ApiError(found.length > 0 ? 'last_public_key' : 'key_not_found')
}

async function keysOf(env: Env, projectId: string) {
  const db = drizzle(env.DB)
  const [secrets, publics] = await db.batch([
    db
      .select()
      .from(secretKeys)
      .where(eq(secretKeys.projectId, projectId))
      .orderBy(sql`${secretKeys.revokedAt} IS NOT NULL`, desc(secretKeys.createdAt))
      .limit(MOST_LISTED),
    db
      .select()
      .from(publicKeys)
      .where(eq(publicKeys.projectId, projectId))
      .orderBy(sql`${publicKeys.revokedAt} IS NOT NULL`, desc(publicKeys.createdAt))
      .limit(MOST_LISTED),
  ])
  return { secretKeys: secrets.map(secretKeySummary), publicKeys: publics.map(publicKeySummary) }
}

function secretKeySummary(row: typeof secretKeys.$inferSelect) {
  if (row.id === null) throw new Error('A key without an id')
  const { name, lastFour } = row
  const times = { lastUsedAt: iso(row.lastUsedAt), revokedAt: iso(row.revokedAt) }
  return { keyId: row.id, name, lastFour, createdAt: new Date(row.createdAt).toISOString(), ...times }
}

const publicKeySummary = (row: typeof publicKeys.$inferSelect) => ({
  publicKey: row.key,
  createdAt: new Date(row.createdAt).toISOString(),
  expiresAt: iso(row.expiresAt),
  revokedAt: iso(row.revokedAt),
})

const iso = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString())
