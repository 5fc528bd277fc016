import { type BillingAnswer, stripePageAnswerSchema } from '@radist-tech/protocol/billing'
import { useMutation } from '@tanstack/react-query'
import { CreditCard, ExternalLink } from 'lucide-react'
import { change } from '../../api/dashboard.ts'
import { Badge, type BadgeLook } from '../../ui/Badge.tsx'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { count } from '../../ui/format.ts'
import { Meter } from '../../ui/Meter.tsx'
import { Time } from '../../ui/Time.tsx'
import { useMay } from '../project.ts'

const states: Record<
  NonNullable<BillingAnswer['subscription']['status']>,
  { name: string; look: BadgeLook }
> = {
  active: { name: 'Active', look: 'good' },
  trialing: { name: 'Trial', look: 'good' },
  past_due: { name: 'Payment overdue', look: 'warning' },
  unpaid: { name: 'Unpaid', look: 'danger' },
  canceled: { name: 'Cancelled', look: 'neutral' },
  incomplete: { name: 'First payment is missing', look: 'warning' },
  incomplete_expired: { name: 'First payment never came', look: 'danger' },
  paused: { name: 'Paused', look: 'warning' },
}
/** With these there is nothing for the portal to show; Checkout begins anew. */
const ENDED: readonly BillingAnswer['subscription']['status'][] = [null, 'canceled', 'incomplete_expired']

/** Who pays, whether that works, and what is free. */
export function Plan({ projectId, account: answer }: { projectId: string; account: BillingAnswer }) {
  const { subscription, month, refusal, account } = answer
  const isSubscribed = !ENDED.includes(subscription.status)
  const state = subscription.status && states[subscription.status]
  const free = `${count(month.usedSeconds)} of ${count(month.allowanceSeconds)} free seconds used`
  return (
    <Card title="Plan" {...(account && { text: `Paid by ${account.name}` })}>
      <div className="flex flex-col gap-4">
        <p className="flex flex-wrap items-center gap-2 text-sm">
          {state ? <Badge look={state.look}>{state.name}</Badge> : <Badge>Free</Badge>}
          {isSubscribed ? 'Pay as you go' : 'No card yet: rooms stop when the free allowance is used up.'}
        </p>
        {subscription.graceEndsAt && (
          <p className="rounded-lg bg-warning-soft px-3 py-2.5 text-sm">
            Pay by <Time at={subscription.graceEndsAt} />: from then on nothing can be created.
          </p>
        )}
        {refusal && (
          <p role="alert" className="rounded-lg bg-danger-soft px-3 py-2.5 text-sm">
            {refusal.error}
          </p>
        )}
        {!isSubscribed && (
          <div>
            <p className="mb-2 text-muted text-sm tabular-nums">{free}, this month</p>
            <Meter used={month.usedSeconds} most={month.allowanceSeconds} />
          </div>
        )}
        <StripeButtons projectId={projectId} isSubscribed={isSubscribed} hasAccount={account !== null} />
      </div>
    </Card>
  )
}

function StripeButtons(props: { projectId: string; isSubscribed: boolean; hasAccount: boolean }) {
  const { projectId, isSubscribed } = props
  const mayManage = useMay('billing:manage')
  const go = useMutation({
    mutationFn: (page: 'checkout' | 'portal') => {
      const here = window.location.href
      const body = page === 'checkout' ? { successUrl: here, cancelUrl: here } : { returnUrl: here }
      return change('POST', `/projects/${projectId}/billing/${page}`, stripePageAnswerSchema, body)
    },
    onSuccess: ({ url }) => window.location.assign(url),
  })
  if (!mayManage) return <p className="text-muted text-sm">Billing and owner roles can change this.</p>
  return (
    <>
      <ErrorText error={go.error} />
      <div className="flex flex-wrap gap-2">
        {!isSubscribed && (
          <Button
            busy={go.isPending && go.variables === 'checkout'}
            disabled={go.isPending}
            onClick={() => go.mutate('checkout')}
          >
            <CreditCard aria-hidden className="size-4" /> Add a card
          </Button>
        )}
        {props.hasAccount && (
          <Button
            look="secondary"
            busy={go.isPending && go.variables === 'portal'}
            disabled={go.isPending}
            onClick={() => go.mutate('portal')}
          >
            <ExternalLink aria-hidden className="size-4" /> Open Stripe’s portal
          </Button>
        )}
      </div>
    </>
  )
}
