/**
 * The Worker with counters around its bindings, in the handler and in every object alike: for what a
 * request costs in calls and queries. Speed is measured without them.
 */

import type { Env } from '../../../../apps/api/src/env.ts'
import app, * as worker from '../../../../apps/api/src/index.ts'
import { countingEnv, newCounts } from '../../../../apps/api/src/testing/counting-env.ts'

let counts = newCounts()
const counted = (env: Env): Env => countingEnv(env, () => counts)

export class CallObject extends worker.CallObject {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, counted(env))
  }
}
export class ProjectObject extends worker.ProjectObject {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, counted(env))
  }
}
export class RoomObject extends worker.RoomObject {}
export class FleetObject extends worker.FleetObject {}
export class WebhookObject extends worker.WebhookObject {}

export default {
  /** `/counts` answers what was counted since it was last asked. */
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    if (new URL(request.url).pathname === '/counts') {
      const answer = Response.json(counts)
      counts = newCounts()
      return answer
    }
    return app.fetch(request, counted(env), ctx)
  },
}
