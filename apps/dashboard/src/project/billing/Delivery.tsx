import type { DashboardBillingAnswer } from '@radist-tech/protocol/dashboard'
import { type Reconciliation, reconciliationSchema } from '@radist-tech/protocol/meter-events'
import { useMutation } from '@tanstack/react-query'
import { Scale } from 'lucide-react'
import type { ReactNode } from 'react'
import { change, outdated } from '../../api/dashboard.ts'
import { Badge, type BadgeLook } from '../../ui/Badge.tsx'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { count } from '../../ui/format.ts'
import { Time } from '../../ui/Time.tsx'
import { showToast } from '../../ui/toast.ts'
import { useMay } from '../project.ts'
import { RefusedEvents } from './RefusedEvents.tsx'

/** What of the usage Stripe has, what is on its way, and whether both count the same. */
export function Delivery(props: {
  projectId: string
  delivery: DashboardBillingAnswer['delivery']
  reconciliation: Reconciliation
}) {
  const { open, pending, delivered, refused } = props.delivery
  const waiting = open.seconds + pending.seconds
  return (
    <Card title="Delivery to Stripe">
      <dl className="flex flex-col gap-2.5 text-sm tabular-nums">
        <Line name="Delivered" look="good" testId="delivered">
          {count(delivered.seconds)} seconds
        </Line>
        <Line name="Waiting" look="neutral" testId="waiting">
          {count(waiting)} seconds
        </Line>
        <Line name="Refused" look={refused.events > 0 ? 'danger' : 'neutral'} testId="refused">
          {count(refused.seconds)} seconds
        </Line>
      </dl>
      {refused.events > 0 && <RefusedEvents projectId={props.projectId} />}
      <Compared projectId={props.projectId} reconciliation={props.reconciliation} />
    </Card>
  )
}

const Line = (props: { name: string; look: BadgeLook; testId: string; children: ReactNode }) => (
  <div className="flex items-center justify-between gap-4">
    <dt>
      <Badge look={props.look}>{props.name}</Badge>
    </dt>
    <dd data-testid={props.testId}>{props.children}</dd>
  </div>
)

const states: Record<Reconciliation['state'], { text: string; look: BadgeLook }> = {
  none: { text: 'Not compared yet', look: 'neutral' },
  'no-customer': { text: 'Stripe does not know who pays yet', look: 'neutral' },
  equal: { text: 'Same as Stripe', look: 'good' },
  different: { text: 'Different from Stripe', look: 'danger' },
  failed: { text: 'Could not be compared', look: 'warning' },
}

/** The last comparison of the ledger with Stripe's own sums. */
function Compared({ projectId, reconciliation }: { projectId: string; reconciliation: Reconciliation }) {
  const mayManage = useMay('billing:manage')
  const run = useMutation({
    mutationFn: () => change('POST', `/projects/${projectId}/billing/reconciliation`, reconciliationSchema),
    onSuccess: async ({ state }) => {
      showToast(`${states[state].text}.`)
      await outdated(`/projects/${projectId}/billing`)
    },
  })
  const { state, at, from, to, ledgerSeconds, stripeSeconds, differences } = reconciliation
  const hasSums = state === 'equal' || state === 'different'
  return (
    <div className="mt-5 border-line border-t pt-4 text-sm">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <div className="flex flex-wrap items-center gap-2" data-testid="reconciliation" data-state={state}>
          <Badge look={states[state].look}>{states[state].text}</Badge>
          {at && (
            <span className="text-muted text-xs">
              <Time at={at} ago />
            </span>
          )}
        </div>
        {mayManage && (
          <Button look="secondary" size="sm" busy={run.isPending} onClick={() => run.mutate()}>
            <Scale aria-hidden className="size-4" /> Compare now
          </Button>
        )}
      </div>
      <ErrorText error={run.error} className="mt-3" />
      {hasSums && from && to && (
        <p className="mt-3 text-muted tabular-nums leading-relaxed">
          From <Time at={from} /> to <Time at={to} />: {count(ledgerSeconds)} seconds here,{' '}
          {count(stripeSeconds)} at Stripe, for all projects that the same account pays for.
        </p>
      )}
      {differences.length > 0 && (
        <ul className="mt-3 flex flex-col gap-1.5">
          {differences.map(({ start, ledgerSeconds: here, stripeSeconds: there }) => (
            <li key={start} className="flex flex-wrap justify-between gap-x-4 tabular-nums">
              <Time at={start} />
              <span>
                {count(here)} here, {count(there)} at Stripe
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
