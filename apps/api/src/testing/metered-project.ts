/** A project that pays, a Stripe that answers by script, and days that pass: for tests of meter events. */
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import {
  type ListMeterEventsAnswer,
  type MeterEventAnswer,
  type Reconciliation,
  reconciliationSchema,
} from '@radist-tech/protocol'
import { afterEach, beforeEach, expect, vi } from 'vitest'
import { newProject, request, setBillingAccount, type TestProject } from './project-fixture.ts'
import { TestStripe, usageRecord } from './usage-fixture.ts'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

export let stripe: TestStripe
export let project: TestProject
export let customer: string

/** Before each test, and anew within one that needs several. */
export async function begin(): Promise<void> {
  stripe = new TestStripe()
  project = await payingProject()
  customer = `cus_${project.projectId}`
}

/** Each test of the file begins with a project and a Stripe of its own, at the beginning of an hour. */
export function beginEach(): void {
  beforeEach(async () => {
    await begin()
    vi.useFakeTimers({ toFake: ['Date'], now: Math.ceil(Date.now() / HOUR) * HOUR })
  })
  afterEach(() => {
    vi.useRealTimers()
  })
}

export async function payingProject(): Promise<TestProject> {
  const made = await newProject()
  await setBillingAccount(made.projectId, { stripeCustomerId: `cus_${made.projectId}` })
  return made
}

export const objectOf = ({ projectId }: TestProject) => env.PROJECT.getByName(projectId)
export const use = (of: TestProject, seconds: number) =>
  objectOf(of).ingestUsage(of.projectId, [usageRecord(of.projectId, seconds)])

/** Lets time pass, and the alarm ring if it is due by then. */
export async function pass(ms: number, of = project): Promise<void> {
  vi.setSystemTime(Date.now() + ms)
  const due = await runInDurableObject(objectOf(of), (_, { storage }) => storage.getAlarm())
  if (due !== null && due <= Date.now()) await runDurableObjectAlarm(objectOf(of))
}

/** Rings in steps, as the alarm itself would. */
export async function passInSteps(ms: number, step: number, of = project): Promise<void> {
  for (let gone = 0; gone < ms; gone += step) await pass(step, of)
}

export const path = ({ projectId }: TestProject, rest: string) =>
  `/api/v1/projects/${projectId}/billing/${rest}`

export async function list(query = '', of = project): Promise<ListMeterEventsAnswer> {
  const answer = await request(path(of, `meter-events${query}`), { key: of.secretKey })
  expect(answer.status).toBe(200)
  return answer.json<ListMeterEventsAnswer>()
}
export const only = async (of = project): Promise<MeterEventAnswer> => {
  const { meterEvents } = await list('', of)
  expect(meterEvents).toHaveLength(1)
  return meterEvents[0] as MeterEventAnswer
}

export const resend = (identifier: string, body?: unknown, of = project) =>
  request(path(of, `meter-events/${identifier}/resend`), { method: 'POST', key: of.secretKey, body })

export async function reconcile(of = project): Promise<Reconciliation> {
  const answer = await request(path(of, 'reconciliation'), { method: 'POST', key: of.secretKey })
  expect(answer.status).toBe(200)
  return reconciliationSchema.parse(await answer.json())
}
