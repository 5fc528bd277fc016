/** The backend's side of the tests: the REST API as a customer's server calls it. */
import {
  type CreateCallAnswer,
  type CreateRoomAnswer,
  createCallAnswerSchema,
  createRoomAnswerSchema,
  type ListCallsAnswer,
  listCallsAnswerSchema,
  mintCallTokenAnswerSchema,
  mintRoomTokenAnswerSchema,
} from '@radist-tech/protocol'
import { checkDocumented } from '../../apps/api/src/testing/documented-answers.ts'

export type Project = {
  readonly apiBaseUrl: string
  readonly projectId: string
  readonly secretKey: string
}

async function send(project: Project, method: string, resource: string, body?: object): Promise<unknown> {
  const path = `/api/v1/projects/${project.projectId}${resource}`
  const response = await fetch(`${project.apiBaseUrl}${path}`, {
    method,
    headers: { Authorization: `Bearer ${project.secretKey}`, 'Content-Type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  await checkDocumented(method, path, response)
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
  return response.json()
}

export const createCall = async (project: Project): Promise<CreateCallAnswer> =>
  createCallAnswerSchema.parse(await send(project, 'POST', '/calls'))

export const mintCallToken = async (
  project: Project,
  callId: string,
  body: { tokenTtlSeconds?: number } = {},
): Promise<string> =>
  mintCallTokenAnswerSchema.parse(await send(project, 'POST', `/calls/${callId}/token`, body)).callToken

export const listCalls = async (project: Project, query = ''): Promise<ListCallsAnswer> =>
  listCallsAnswerSchema.parse(await send(project, 'GET', `/calls${query}`))

export const createRoom = async (project: Project): Promise<CreateRoomAnswer> =>
  createRoomAnswerSchema.parse(await send(project, 'POST', '/rooms'))

export const mintRoomToken = async (project: Project, roomId: string): Promise<string> =>
  mintRoomTokenAnswerSchema.parse(await send(project, 'POST', `/rooms/${roomId}/token`)).roomToken
