/** A page's socket, handed to the object that it watches. The guard has looked at session, page, role and project. */
import type { ProjectId } from '@radist-tech/protocol'
import { z } from 'zod'
import { ApiError, isApiErrorCode, refuseSocket } from '../api-error.ts'
import { WATCH_PATH } from '../objects/watchers.ts'
import type { DashboardContext } from './router.ts'

const refusalSchema = z.object({ code: z.string() })

/** @throws {ApiError} `upgrade_required` */
export async function watchObject(
  c: DashboardContext,
  object: Pick<Fetcher, 'fetch'>,
  projectId: ProjectId,
): Promise<Response> {
  if (c.req.header('upgrade')?.toLowerCase() !== 'websocket') throw new ApiError('upgrade_required')
  // A request of the Worker's own: nothing of what the page sent reaches the object.
  const url = `https://object${WATCH_PATH}?${new URLSearchParams({ projectId })}`
  const answer = await object.fetch(url, { headers: { upgrade: 'websocket' } })
  if (answer.webSocket) return answer
  const { code } = refusalSchema.parse(await answer.json())
  return refuseSocket(isApiErrorCode(code) ? code : 'internal')
}
