import { type WebhookDelivery, webhookDeliveryAnswerSchema } from '@radist-tech/protocol/dashboard'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { ChevronLeft, RotateCw } from 'lucide-react'
import { answerTo, anyAnswer, change, outdated } from '../../api/dashboard.ts'
import { wordsOf } from '../../api/words.ts'
import { Badge } from '../../ui/Badge.tsx'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { CodeBlock } from '../../ui/CodeBlock.tsx'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { Facts } from '../../ui/Facts.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { SkeletonRows } from '../../ui/Skeleton.tsx'
import { TextLink } from '../../ui/TextLink.tsx'
import { Time } from '../../ui/Time.tsx'
import { showToast } from '../../ui/toast.ts'
import { Permitted } from '../Permitted.tsx'
import { useMay, useProject } from '../project.ts'
import { Attempts } from './Attempts.tsx'
import { deliveryStates } from './event-types.ts'

/** While an attempt is planned, it is read anew this often, in milliseconds. */
const EVERY_MS = 5000

export default function DeliveryPage() {
  return (
    <Permitted needs="webhooks:read" title="Webhook delivery">
      <Delivery />
    </Permitted>
  )
}

function Delivery() {
  const { projectId } = useProject()
  const { deliveryId } = useParams({
    from: '/signed-in/projects/$projectId/webhooks/deliveries/$deliveryId',
  })
  const path = `/projects/${projectId}/webhooks/deliveries/${deliveryId}`
  const query = useQuery({
    ...answerTo(path, webhookDeliveryAnswerSchema),
    refetchInterval: ({ state }) => (state.data?.delivery.state === 'waiting' ? EVERY_MS : false),
  })
  const mayManage = useMay('webhooks:manage')
  const resend = useMutation({
    mutationFn: () => change('POST', `${path}/resend`, anyAnswer),
    onSuccess: async () => {
      showToast('It is sent again.')
      await outdated(`/projects/${projectId}/webhooks`)
    },
    onError: (error) => showToast(wordsOf(error), 'failed'),
  })
  if (!query.data)
    return (
      <>
        <PageHeader title="Webhook delivery" />
        <Card flush>
          {query.isError ? (
            <ErrorState error={query.error} onRetry={() => void query.refetch()} />
          ) : (
            <SkeletonRows rows={6} />
          )}
        </Card>
      </>
    )
  const { delivery, attempts } = query.data
  return (
    <>
      <p className="mb-2 text-sm">
        <TextLink
          to="/projects/$projectId/webhooks/$endpointId"
          params={{ projectId, endpointId: delivery.endpointId }}
          className="inline-flex items-center gap-1"
        >
          <ChevronLeft aria-hidden className="size-4" /> Endpoint
        </TextLink>
      </p>
      <PageHeader title={delivery.event.type} text={<span className="font-mono">{delivery.event.id}</span>}>
        {mayManage && (
          <Button look="secondary" busy={resend.isPending} onClick={() => resend.mutate()}>
            <RotateCw aria-hidden className="size-4" /> Send again
          </Button>
        )}
      </PageHeader>
      <div className="flex flex-col gap-6">
        <Card>
          <State delivery={delivery} />
        </Card>
        <Attempts attempts={attempts} />
        <Card title="What is sent" flush>
          <CodeBlock label="Event" code={JSON.stringify(delivery.event, null, 2)} />
        </Card>
      </div>
    </>
  )
}

function State({ delivery: { state, event, attempts, nextAttemptAt } }: { delivery: WebhookDelivery }) {
  const { name, look } = deliveryStates[state]
  return (
    <Facts
      facts={[
        [
          'State',
          <span key="state" data-testid="delivery-state" data-state={state}>
            <Badge look={look}>{name}</Badge>
          </span>,
        ],
        ['Happened', <Time key="happened" at={event.timestamp} />],
        ['Attempts', attempts],
        ['Next attempt', nextAttemptAt ? <Time key="next" at={nextAttemptAt} ago /> : 'None planned'],
      ]}
    />
  )
}
