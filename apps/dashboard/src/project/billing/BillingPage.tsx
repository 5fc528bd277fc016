import { dashboardBillingAnswerSchema } from '@radist-tech/protocol/dashboard'
import { useQuery } from '@tanstack/react-query'
import { answerTo } from '../../api/dashboard.ts'
import { Card } from '../../ui/Card.tsx'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { SkeletonRows } from '../../ui/Skeleton.tsx'
import { Permitted } from '../Permitted.tsx'
import { useProject } from '../project.ts'
import { Budget } from './Budget.tsx'
import { Delivery } from './Delivery.tsx'
import { Invoices } from './Invoices.tsx'
import { Plan } from './Plan.tsx'
import { RoomUsage } from './RoomUsage.tsx'
import { ThirtyDays } from './ThirtyDays.tsx'
import { UsageByDay } from './UsageByDay.tsx'
import { USAGE_EVERY_MS } from './usage-days.ts'

export default function BillingPage() {
  return (
    <Permitted needs="billing:read" title="Billing">
      <Billing />
    </Permitted>
  )
}

function Billing() {
  const { projectId } = useProject()
  const billing = useQuery({
    ...answerTo(`/projects/${projectId}/billing`, dashboardBillingAnswerSchema),
    refetchInterval: USAGE_EVERY_MS,
  })
  const header = (
    <PageHeader
      title="Billing"
      text="Every second that each participant is connected to a room is counted. Calls between two peers cost nothing."
    />
  )
  if (!billing.data)
    return (
      <>
        {header}
        <Card flush>
          {billing.isError ? (
            <ErrorState error={billing.error} onRetry={() => void billing.refetch()} />
          ) : (
            <SkeletonRows rows={6} />
          )}
        </Card>
      </>
    )
  const { last30Days, account, budget, delivery, reconciliation } = billing.data
  return (
    <>
      {header}
      <div className="flex flex-col gap-6">
        <div className="grid gap-6 lg:grid-cols-[1.2fr_1fr]">
          <ThirtyDays last30Days={last30Days} />
          <Plan projectId={projectId} account={account} />
        </div>
        <UsageByDay projectId={projectId} />
        <div className="grid gap-6 lg:grid-cols-2">
          <Budget projectId={projectId} budget={budget} />
          <Delivery projectId={projectId} delivery={delivery} reconciliation={reconciliation} />
        </div>
        <RoomUsage projectId={projectId} />
        <Invoices projectId={projectId} />
      </div>
    </>
  )
}
