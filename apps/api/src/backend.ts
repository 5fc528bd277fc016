/** A customer's backend as it shows itself in a request: project id in the path, secret key as bearer. */
import { hashSecret, isWellFormedKey, type ProjectId, projectIdSchema } from '@radist-tech/protocol'
import type { Context } from 'hono'
import type { z } from 'zod'
import { ApiError } from './api-error.ts'
import { bearerToken } from './bearer.ts'
import type { Env } from './env.ts'
import { jsonBody } from './json-body.ts'
import type { Credential } from './objects/project-requests.ts'

export interface Backend {
  projectId: ProjectId
  /** Whether it is the project's, the Project object says. */
  credential: Credential
}

/**
 * Who asks, for which project, as far as its form tells; what cannot be right costs no object call.
 * @throws {ApiError} `missing_bearer_token`, `invalid_secret_key`
 */
export function backendOf(c: Context): Backend {
  const key = bearerToken(c)
  const projectId = projectIdSchema.safeParse(c.req.param('projectId')?.toLowerCase())
  if (!projectId.success || !isWellFormedKey('secret', key)) throw new ApiError('invalid_secret_key')
  return { projectId: projectId.data, credential: { kind: 'secret-key', hash: hashSecret(key) } }
}

/**
 * The project, for a backend that may act for it.
 * @throws {ApiError} `invalid_secret_key`
 */
export async function authorize(env: Env, { projectId, credential }: Backend) {
  const answer = await env.PROJECT.getByName(projectId).authorize(projectId, credential)
  if (!answer.ok) throw new ApiError(answer.code)
  return answer.project
}

/**
 * Like {@link authorize}, for what an archived project may not do: it makes nothing any more.
 * @throws {ApiError} `invalid_secret_key`, `project_archived`
 */
export async function authorizeMaking(env: Env, backend: Backend) {
  const project = await authorize(env, backend)
  if (project.isArchived) throw new ApiError('project_archived')
  return project
}

/**
 * The body. Whoever may not act for the project is told that first, whatever the body.
 * @throws {ApiError} `invalid_secret_key`, `invalid_body`, `body_too_large`
 */
export async function authorizedBody<S extends z.ZodType>(
  c: Context<{ Bindings: Env }>,
  backend: Backend,
  schema: S,
): Promise<z.infer<S>> {
  try {
    return await jsonBody(c, schema)
  } catch (error) {
    await authorize(c.env, backend)
    throw error
  }
}
