import { listWebhookEndpointsAnswerSchema, type WebhookEndpoint } from '@radist-tech/protocol/dashboard'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { ChevronLeft } from 'lucide-react'
import { answerTo } from '../../api/dashboard.ts'
import { ApiError } from '../../api/words.ts'
import { Badge } from '../../ui/Badge.tsx'
import { Card } from '../../ui/Card.tsx'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { Facts } from '../../ui/Facts.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { SkeletonRows } from '../../ui/Skeleton.tsx'
import { TextLink } from '../../ui/TextLink.tsx'
import { Time } from '../../ui/Time.tsx'
import { Permitted } from '../Permitted.tsx'
import { useMay, useProject } from '../project.ts'
import { Deliveries } from './Deliveries.tsx'
import { EndpointActions } from './EndpointActions.tsx'
import { RotateSecret } from './RotateSecret.tsx'

export default function EndpointPage() {
  return (
    <Permitted needs="webhooks:read" title="Webhook endpoint">
      <Endpoint />
    </Permitted>
  )
}

const missing = new ApiError(
  404,
  'webhook_endpoint_not_found',
  'There is no such endpoint. It may be deleted.',
)

function Endpoint() {
  const { projectId } = useProject()
  const { endpointId } = useParams({ from: '/signed-in/projects/$projectId/webhooks/$endpointId' })
  const list = useQuery(answerTo(`/projects/${projectId}/webhooks`, listWebhookEndpointsAnswerSchema))
  const endpoint = list.data?.endpoints.find((one) => one.endpointId === endpointId)
  return (
    <>
      <p className="mb-2 text-sm">
        <TextLink
          to="/projects/$projectId/webhooks"
          params={{ projectId }}
          className="inline-flex items-center gap-1"
        >
          <ChevronLeft aria-hidden className="size-4" /> Webhooks
        </TextLink>
      </p>
      {endpoint ? (
        <Shown projectId={projectId} endpoint={endpoint} />
      ) : (
        <>
          <PageHeader title="Webhook endpoint" />
          <Card flush>
            {list.isPending && <SkeletonRows rows={6} />}
            {list.isError && <ErrorState error={list.error} onRetry={() => void list.refetch()} />}
            {list.isSuccess && <ErrorState error={missing} />}
          </Card>
        </>
      )}
    </>
  )
}

function Shown({ projectId, endpoint }: { projectId: string; endpoint: WebhookEndpoint }) {
  const { url, description, enabled, eventTypes, createdAt, previousSecretExpiresAt, endpointId } = endpoint
  const mayManage = useMay('webhooks:manage')
  return (
    <>
      <PageHeader title={url} text={description || undefined}>
        {mayManage && <EndpointActions projectId={projectId} endpoint={endpoint} />}
      </PageHeader>
      <div className="flex flex-col gap-6">
        <Card>
          <Facts
            facts={[
              [
                'State',
                enabled ? (
                  <Badge key="state" look="good">
                    Enabled
                  </Badge>
                ) : (
                  <Badge key="state">Disabled</Badge>
                ),
              ],
              ['Created', <Time key="created" at={createdAt} />],
              ['Events', eventTypes.join(', ')],
              [
                'Signing secret',
                <div key="secret" className="flex flex-col items-start gap-2">
                  <span>
                    {previousSecretExpiresAt ? (
                      <>
                        Two, until <Time at={previousSecretExpiresAt} />
                      </>
                    ) : (
                      'whsec_…'
                    )}
                  </span>
                  {mayManage && <RotateSecret projectId={projectId} endpointId={endpointId} />}
                </div>,
              ],
            ]}
          />
        </Card>
        <Deliveries projectId={projectId} endpointId={endpointId} />
      </div>
    </>
  )
}
