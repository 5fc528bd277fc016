/** The states in which the documented examples of meter events are true. */
import { runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { samples } from '../reference/samples.ts'
import { passTime } from './clock.ts'
import type { Staged } from './example-scenes.ts'
import { request, setBillingAccount } from './project-fixture.ts'
import { TestStripe, usageRecord } from './usage-fixture.ts'

const HOUR = 3_600_000

const path = (projectId: string) => `/api/v1/projects/${projectId}/billing`

/** A window of 42 seconds that Stripe has, or refused. */
async function oneWindow({ project, real }: Staged, isRefused: boolean): Promise<TestStripe> {
  const { projectId, secretKey } = project
  const stripe = new TestStripe()
  if (isRefused) stripe.script.push('refuse')
  await setBillingAccount(projectId, { stripeCustomerId: `cus_${projectId}` })
  await env.PROJECT.getByName(projectId).ingestUsage(projectId, [usageRecord(projectId, 42)])
  passTime(70_000)
  await runDurableObjectAlarm(env.PROJECT.getByName(projectId))
  const listed = await request(`${path(projectId)}/meter-events`, { key: secretKey })
  const { meterEvents } = await listed.json<{ meterEvents: { identifier: string }[] }>()
  real.set(samples.meterEventIdentifier, meterEvents[0]?.identifier ?? 'none')
  return stripe
}

const refusedWindow = (staged: Staged) => oneWindow(staged, true)
const deliveredWindow = (staged: Staged) => oneWindow(staged, false)

const reconcile = ({ project: { projectId, secretKey } }: Staged) =>
  request(`${path(projectId)}/reconciliation`, { method: 'POST', key: secretKey })

export const meterStages = {
  listMeterEvents: () => {},
  resendMeterEvent: refusedWindow,
  getReconciliation: () => {},
  reconcile: () => {},
}

export const meterScenes = {
  'listMeterEvents.all': deliveredWindow,
  'listMeterEvents.refused': refusedWindow,
  meter_event_not_found: ({ real }: Staged) => {
    real.set(samples.meterEventIdentifier, samples.otherMeterEventIdentifier)
  },
  meter_event_not_refused: async ({ project: { projectId, secretKey }, real }: Staged) => {
    const identifier = real.get(samples.meterEventIdentifier)
    await request(`${path(projectId)}/meter-events/${identifier}/resend`, { method: 'POST', key: secretKey })
  },
  'reconcile.equal': async (staged: Staged) => {
    await deliveredWindow(staged)
    passTime(3 * HOUR)
  },
  'reconcile.different': async (staged: Staged) => {
    await refusedWindow(staged)
    passTime(3 * HOUR)
  },
  'getReconciliation.different': async (staged: Staged) => {
    await refusedWindow(staged)
    passTime(3 * HOUR)
    await reconcile(staged)
  },
}
