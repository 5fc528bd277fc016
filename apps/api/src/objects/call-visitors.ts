/** Who may come to a call with which public key. */
import { isOriginAllowed } from '../domain/allowed-origins.ts'
import type { Env } from '../env.ts'
import type { Visitor, VisitorRefusal } from './call-requests.ts'
import type { StoredCall } from './call-store.ts'
import { isPublicKeyInUse } from './public-key-registry.ts'

/**
 * Null when the call takes the key from this origin. A key of another project is told nothing of the call.
 * @param learn called with a key of the project that the call has not known yet
 */
export async function refusalOfVisitor(
  env: Env,
  call: StoredCall | null,
  { key, origin }: Visitor,
  learn: (key: string) => void,
): Promise<VisitorRefusal | null> {
  const isAllowed = isOriginAllowed(call?.allowedOrigins ?? 'all', origin)
  if (call?.publicKeys.includes(key)) return isAllowed ? null : 'origin_not_allowed'
  const projectId = call?.state.facts.projectId
  const isProjects =
    projectId !== undefined &&
    (await env.PROJECT.getByName(projectId).originsOfPublicKey(projectId, key)) !== null
  if (!isProjects) return (await isPublicKeyInUse(env.DB, key)) ? 'call_not_found' : 'invalid_public_key'
  if (!isAllowed) return 'origin_not_allowed'
  learn(key)
  return null
}
