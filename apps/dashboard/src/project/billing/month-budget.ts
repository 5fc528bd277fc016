/** A budget as the form has it: hours or seconds of a month, and back. */
import { type UsageBudget, usageBudgetSchema } from '@radist-tech/protocol/usage'

export type BudgetFields = { limit: string; stops: boolean }

/** What was typed, as the API takes it; a text that says what is wrong with it. An empty limit is none. */
export function budgetOf({ limit, stops }: BudgetFields): UsageBudget | string {
  const digits = limit.replaceAll(/[\s,.’']/g, '')
  if (digits === '') return { monthlyLimitSeconds: null, stopsAtLimit: false }
  const seconds = /^\d+$/.test(digits) ? Number(digits) : Number.NaN
  const budget = usageBudgetSchema.safeParse({ monthlyLimitSeconds: seconds, stopsAtLimit: stops })
  return budget.success ? budget.data : 'A whole number of seconds, from 1 to 1,000,000,000,000.'
}
