/** Requests to the Worker whose answers are held against the API's reference. */
import { createExecutionContext } from 'cloudflare:test'
import { exports } from 'cloudflare:workers'
import { app } from '../app.ts'
import type { Env } from '../env.ts'
import { checkDocumented } from './documented-answers.ts'

export async function send(path: string, init: RequestInit = {}): Promise<Response> {
  const answer = await exports.default.fetch(`https://radist.test${path}`, init)
  await checkDocumented(init.method ?? 'GET', path, answer)
  return answer
}

/** To a Worker that is bound to something else than the tests' own. */
export async function sendIn(
  environment: Partial<Env>,
  path: string,
  init: RequestInit = {},
): Promise<Response> {
  const answer = await app.request(path, init, environment, createExecutionContext())
  await checkDocumented(init.method ?? 'GET', path, answer)
  return answer
}
