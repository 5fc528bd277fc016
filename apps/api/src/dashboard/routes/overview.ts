/** What is open in a project now, what it used, and what went wrong; and the socket that tells it live. */

import type { overviewAnswerSchema } from '@radist-tech/protocol/dashboard'
import type { z } from 'zod'
import { ApiError } from '../../api-error.ts'
import type { DashboardRoutes } from '../router.ts'
import { watchObject } from '../watch-object.ts'

export function overviewRoutes(routes: DashboardRoutes): void {
  routes.project('get', '/overview', 'media:read', async (c, { project: { projectId } }) => {
    const overview = await c.env.PROJECT.getByName(projectId).overview(projectId)
    if (!overview) throw new ApiError('project_not_found')
    return c.json(overview satisfies z.input<typeof overviewAnswerSchema>)
  })

  routes.project('get', '/live', 'media:read', (c, { project: { projectId } }) =>
    watchObject(c, c.env.PROJECT.getByName(projectId), projectId),
  )
}
