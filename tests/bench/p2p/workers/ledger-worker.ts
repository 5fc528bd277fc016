/** The Worker, with ways to fill a Project object's ledger without a host, and to ask for its size. */
import type { Env } from '../../../../apps/api/src/env.ts'
import app, * as worker from '../../../../apps/api/src/index.ts'
import { fill } from './records.ts'

export class CallObject extends worker.CallObject {}
export class RoomObject extends worker.RoomObject {}
export class FleetObject extends worker.FleetObject {}
export class WebhookObject extends worker.WebhookObject {}
export class ProjectObject extends worker.ProjectObject {
  /** Bytes. */
  size(): number {
    return this.ctx.storage.sql.databaseSize
  }
}

interface LedgerEnv extends Omit<Env, 'PROJECT'> {
  PROJECT: DurableObjectNamespace<ProjectObject>
}

export default {
  async fetch(request: Request, env: LedgerEnv & Env, ctx: ExecutionContext): Promise<Response> {
    const url = new URL(request.url)
    const objectOf = (projectId: string) => env.PROJECT.getByName(projectId)
    switch (url.pathname) {
      case '/fill':
        return fill(url, (projectId, records) => objectOf(projectId).ingestUsage(projectId, records))
      case '/size':
        return Response.json(await objectOf(url.searchParams.get('projectId') ?? '').size())
      default:
        return app.fetch(request, env, ctx)
    }
  },
}
