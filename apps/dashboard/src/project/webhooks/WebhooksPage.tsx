import { listWebhookEndpointsAnswerSchema, type WebhookEndpoint } from '@radist-tech/protocol/dashboard'
import { useQuery } from '@tanstack/react-query'
import { Plus, Webhook } from 'lucide-react'
import { useState } from 'react'
import { answerTo } from '../../api/dashboard.ts'
import { Badge } from '../../ui/Badge.tsx'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { SkeletonRows } from '../../ui/Skeleton.tsx'
import { Cell, Table, TableHead, TableRow } from '../../ui/Table.tsx'
import { TextLink } from '../../ui/TextLink.tsx'
import { Time } from '../../ui/Time.tsx'
import { Permitted } from '../Permitted.tsx'
import { useMay, useProject } from '../project.ts'
import { NewEndpointDialog } from './NewEndpointDialog.tsx'

export default function WebhooksPage() {
  return (
    <Permitted needs="webhooks:read" title="Webhooks">
      <Webhooks />
    </Permitted>
  )
}

function Webhooks() {
  const { projectId } = useProject()
  const list = useQuery(answerTo(`/projects/${projectId}/webhooks`, listWebhookEndpointsAnswerSchema))
  const mayManage = useMay('webhooks:manage')
  const [making, setMaking] = useState(false)
  const add = mayManage && (
    <Button onClick={() => setMaking(true)}>
      <Plus aria-hidden className="size-4" /> Add endpoint
    </Button>
  )
  const endpoints = list.data?.endpoints
  return (
    <>
      <PageHeader
        title="Webhooks"
        text="Your server is told what happens in calls and rooms, signed after Standard Webhooks, in order for each, and for three days if it does not answer."
      >
        {endpoints && endpoints.length > 0 && add}
      </PageHeader>
      <Card flush>
        {list.isPending && <SkeletonRows />}
        {list.isError && !endpoints && <ErrorState error={list.error} onRetry={() => void list.refetch()} />}
        {endpoints && endpoints.length === 0 && (
          <EmptyState
            icon={Webhook}
            title="No endpoints yet"
            text="Add the address of your server, and choose what it is told of."
          >
            {add}
          </EmptyState>
        )}
        {endpoints && endpoints.length > 0 && <Endpoints projectId={projectId} endpoints={endpoints} />}
      </Card>
      <NewEndpointDialog projectId={projectId} open={making} onClose={() => setMaking(false)} />
    </>
  )
}

const Endpoints = ({
  projectId,
  endpoints,
}: {
  projectId: string
  endpoints: readonly WebhookEndpoint[]
}) => (
  <Table label="Endpoints">
    <TableHead columns={['Address', 'State', 'Events', 'Created']} />
    <tbody>
      {endpoints.map(({ endpointId, url, description, enabled, eventTypes, createdAt }) => (
        <TableRow key={endpointId}>
          <Cell className="min-w-64">
            <TextLink
              to="/projects/$projectId/webhooks/$endpointId"
              params={{ projectId, endpointId }}
              className="break-all"
            >
              {url}
            </TextLink>
            {description && <p className="mt-0.5 text-muted text-xs">{description}</p>}
          </Cell>
          <Cell>{enabled ? <Badge look="good">Enabled</Badge> : <Badge>Disabled</Badge>}</Cell>
          <Cell className="min-w-40 text-muted text-xs leading-relaxed">{eventTypes.join(', ')}</Cell>
          <Cell className="text-muted">
            <Time at={createdAt} />
          </Cell>
        </TableRow>
      ))}
    </tbody>
  </Table>
)
