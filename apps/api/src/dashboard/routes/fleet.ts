/** The SFU hosts of all regions, for those who run this installation: how they are, drained and taken back. */
import { DEFAULT_REGION, hostIdSchema } from '@radist-tech/protocol'
import type { HostsAnswer } from '@radist-tech/protocol/dashboard'
import { ApiError } from '../../api-error.ts'
import type { Env } from '../../env.ts'
import type { DashboardContext, DashboardRoutes, SignedInUser } from '../router.ts'

export function fleetRoutes(routes: DashboardRoutes): void {
  routes.operator('get', '/fleet/hosts', async (c) => c.json(await hostsOf(c.env)))
  routes.operator('post', '/fleet/hosts/:hostId/drain', (c, { user }) => askToDrain(c, user, true))
  routes.operator('post', '/fleet/hosts/:hostId/undrain', (c, { user }) => askToDrain(c, user, false))
}

async function hostsOf(env: Env): Promise<HostsAnswer> {
  const regions = await regionsOf(env)
  const hosts = await Promise.all(
    regions.map(async (region) => {
      const ofRegion = await env.FLEET.getByName(region).hosts()
      return ofRegion.map((host) => ({ region, ...host }))
    }),
  )
  return { hosts: hosts.flat() }
}

async function askToDrain(c: DashboardContext, user: SignedInUser, isAsked: boolean): Promise<Response> {
  const hostId = hostIdSchema.safeParse(c.req.param('hostId'))
  if (!hostId.success) throw new ApiError('host_not_found')
  // A host that was moved to another region is in both for a while.
  const found = await Promise.all(
    (await regionsOf(c.env)).map((region) => c.env.FLEET.getByName(region).askToDrain(hostId.data, isAsked)),
  )
  if (!found.includes(true)) throw new ApiError('host_not_found')
  // No organisation's audit log is about hosts.
  const message = isAsked ? 'an operator drains a host' : 'an operator takes a host back'
  console.info(JSON.stringify({ message, hostId: hostId.data, userId: user.userId }))
  return c.json(await hostsOf(c.env))
}

const regionsOf = (env: Env): Promise<string[]> => env.FLEET.getByName(DEFAULT_REGION).regions()
