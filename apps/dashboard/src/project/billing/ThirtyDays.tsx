import type { DashboardBillingAnswer } from '@radist-tech/protocol/dashboard'
import { Card } from '../../ui/Card.tsx'
import { count, duration } from '../../ui/format.ts'
import { money } from './money.ts'

/** The number that it all is about. */
export function ThirtyDays({ last30Days }: Pick<DashboardBillingAnswer, 'last30Days'>) {
  const { seconds, cost } = last30Days
  return (
    <Card title="Last 30 days">
      <p data-testid="seconds-30-days" className="font-semibold text-5xl tabular-nums tracking-tight">
        {count(seconds)}
      </p>
      <p className="mt-1 text-muted text-sm">
        participant seconds{seconds >= 60 && `, which is ${duration(seconds)}`}
      </p>
      <p className="mt-5 border-line border-t pt-4 text-sm">
        {cost ? (
          <>
            <span data-testid="cost" className="font-semibold text-lg tabular-nums">
              {money(cost.amount, cost.currency)}
            </span>{' '}
            <span className="text-muted">at the configured price, without free allowances and taxes</span>
          </>
        ) : (
          <span className="text-muted">What it costs is not known: no price is configured.</span>
        )}
      </p>
    </Card>
  )
}
