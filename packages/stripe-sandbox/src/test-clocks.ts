/** Clocks of their own for some customers. Source: docs.stripe.com/api/test_clocks. */
import { z } from 'zod'
import { type Account, nowInSeconds } from './account.ts'
import { findObject, type Resource } from './stored-objects.ts'

const testClockSchema = z.object({
  id: z.string(),
  created: z.number(),
  frozen_time: z.number(),
  name: z.string().nullable(),
})

export type TestClock = z.infer<typeof testClockSchema>

export const TEST_CLOCKS: Resource<TestClock> = {
  table: 'test_clocks',
  kind: 'test clock',
  schema: testClockSchema,
}

/** What time it is for a customer, in seconds since the Unix epoch. */
export function timeFor(account: Account, { test_clock }: { test_clock: string | null }): number {
  const clock = test_clock === null ? undefined : findObject(account, TEST_CLOCKS, test_clock)
  return clock?.frozen_time ?? nowInSeconds(account)
}
