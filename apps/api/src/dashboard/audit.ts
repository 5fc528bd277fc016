/** The audit log: who did what in an organisation. */
import { drizzle } from 'drizzle-orm/d1'
import { auditEntries } from '../../../../drizzle/schema.ts'
import type { Env } from '../env.ts'
import type { Actor } from './router.ts'

export interface Deed {
  /** What was done, such as `key.revoked`. */
  action: string
  /** To what: an id, a name or an address, never a secret. */
  target: string
  /** When it was done in a project. */
  projectId?: string
}

/** To be awaited before the answer, so that nothing is answered that the log does not know. */
export async function audit(
  env: Env,
  actor: Omit<Actor, 'role'>,
  { action, target, projectId }: Deed,
): Promise<void> {
  await drizzle(env.DB)
    .insert(auditEntries)
    .values({
      id: crypto.randomUUID(),
      organizationId: actor.organizationId,
      projectId: projectId ?? null,
      actorId: actor.userId,
      actorEmail: actor.email,
      action,
      target,
      ipAddress: actor.ipAddress,
      createdAt: Date.now(),
    })
}
