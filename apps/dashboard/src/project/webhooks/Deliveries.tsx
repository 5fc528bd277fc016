import {
  listWebhookDeliveriesAnswerSchema,
  type WebhookDelivery,
  webhookDeliveryStateSchema,
} from '@radist-tech/protocol/dashboard'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Inbox } from 'lucide-react'
import { useState } from 'react'
import { request } from '../../api/request.ts'
import { Badge } from '../../ui/Badge.tsx'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { SelectField } from '../../ui/Field.tsx'
import { SkeletonRows } from '../../ui/Skeleton.tsx'
import { Cell, Table, TableHead, TableRow } from '../../ui/Table.tsx'
import { TextLink } from '../../ui/TextLink.tsx'
import { Time } from '../../ui/Time.tsx'
import { deliveryStates, outcomeOf, subjectOf } from './event-types.ts'

const LIMIT = 20
/** Deliveries have no socket; read anew this often, in milliseconds. */
const EVERY_MS = 5000

const filters = [
  { value: 'all', label: 'All' },
  ...webhookDeliveryStateSchema.options.map((value) => ({ value, label: deliveryStates[value].name })),
] as const

/** What was sent to an endpoint, the newest first. */
export function Deliveries({ projectId, endpointId }: { projectId: string; endpointId: string }) {
  const [state, setState] = useState<'all' | WebhookDelivery['state']>('all')
  const list = useInfiniteQuery({
    queryKey: ['projects', projectId, 'webhooks', endpointId, 'deliveries', state],
    queryFn: ({ pageParam, signal }) =>
      request(
        'GET',
        `/api/dashboard/projects/${projectId}/webhooks/${endpointId}/deliveries`,
        listWebhookDeliveriesAnswerSchema,
        {
          query: {
            limit: LIMIT,
            state: state === 'all' ? undefined : state,
            before: pageParam || undefined,
          },
          signal,
        },
      ),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    // Older pages are not read again and again.
    refetchInterval: ({ state: { data } }) => (data && data.pages.length > 1 ? false : EVERY_MS),
  })
  const deliveries = list.data?.pages.flatMap((page) => page.deliveries) ?? []
  return (
    <Card
      title="Deliveries"
      actions={
        <SelectField label="State" className="w-40" options={filters} value={state} onValue={setState} />
      }
      flush
    >
      {list.isPending && <SkeletonRows />}
      {list.isError && !list.data && <ErrorState error={list.error} onRetry={() => void list.refetch()} />}
      {list.data && deliveries.length === 0 && (
        <EmptyState
          icon={Inbox}
          title={state === 'all' ? 'Nothing sent yet' : 'None in this state'}
          text={
            state === 'all'
              ? 'Send a test event, or join a call or a room.'
              : 'Choose another state to see the others.'
          }
        />
      )}
      {deliveries.length > 0 && (
        <Table label="Deliveries">
          <TableHead columns={['Event', 'State', 'Of', 'Happened', 'Attempts', 'Last answer']} />
          <tbody data-testid="deliveries">
            {deliveries.map((delivery) => (
              <Row key={delivery.deliveryId} projectId={projectId} delivery={delivery} />
            ))}
          </tbody>
        </Table>
      )}
      {list.hasNextPage && (
        <div className="flex flex-col items-center gap-3 border-line border-t px-5 py-3">
          <ErrorText error={list.error} />
          <Button
            look="secondary"
            size="sm"
            busy={list.isFetchingNextPage}
            onClick={() => void list.fetchNextPage()}
          >
            Show older ones
          </Button>
        </div>
      )}
    </Card>
  )
}

function Row({ projectId, delivery }: { projectId: string; delivery: WebhookDelivery }) {
  const { deliveryId, event, state, attempts, lastAttempt } = delivery
  const { name, look } = deliveryStates[state]
  return (
    <TableRow>
      <Cell className="whitespace-nowrap">
        <TextLink
          to="/projects/$projectId/webhooks/deliveries/$deliveryId"
          params={{ projectId, deliveryId }}
        >
          {event.type}
        </TextLink>
      </Cell>
      <Cell>
        <Badge look={look}>{name}</Badge>
      </Cell>
      <Cell className="whitespace-nowrap font-mono text-muted text-xs">{subjectOf(event)}</Cell>
      <Cell className="text-muted">
        <Time at={event.timestamp} />
      </Cell>
      <Cell>{attempts}</Cell>
      <Cell className="min-w-32 text-muted">{outcomeOf(lastAttempt)}</Cell>
    </TableRow>
  )
}
