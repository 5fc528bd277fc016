import { invoicesAnswerSchema } from '@radist-tech/protocol/dashboard'
import { useQuery } from '@tanstack/react-query'
import { ExternalLink, ReceiptText } from 'lucide-react'
import { answerTo } from '../../api/dashboard.ts'
import { Badge, type BadgeLook } from '../../ui/Badge.tsx'
import { Card } from '../../ui/Card.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { date } from '../../ui/format.ts'
import { SkeletonRows } from '../../ui/Skeleton.tsx'
import { Cell, Table, TableHead, TableRow } from '../../ui/Table.tsx'
import { money } from './money.ts'

/** Stripe's words (docs.stripe.com/api/invoices/object#invoice_object-status). */
const looks: Record<string, BadgeLook> = { paid: 'good', open: 'warning', uncollectible: 'danger' }

export function Invoices({ projectId }: { projectId: string }) {
  const invoices = useQuery(answerTo(`/projects/${projectId}/billing/invoices`, invoicesAnswerSchema))
  const list = invoices.data?.invoices
  return (
    <Card title="Invoices" flush>
      {invoices.isPending && <SkeletonRows />}
      {invoices.isError && !list && (
        <ErrorState error={invoices.error} onRetry={() => void invoices.refetch()} />
      )}
      {list && list.length === 0 && (
        <EmptyState
          icon={ReceiptText}
          title="No invoices yet"
          text="Stripe writes one at the end of a month."
        />
      )}
      {list && list.length > 0 && (
        <Table label="Invoices">
          <TableHead columns={['Number', 'Date', 'State', { right: 'Total' }, { hidden: 'Open' }]} />
          <tbody>
            {list.map(({ invoiceId, number, createdAt, status, total, currency, url }) => (
              <TableRow key={invoiceId}>
                <Cell className="whitespace-nowrap font-medium">{number ?? 'Draft'}</Cell>
                <Cell className="whitespace-nowrap text-muted">{date(createdAt)}</Cell>
                <Cell>
                  <Badge look={looks[status] ?? 'neutral'}>
                    {status.charAt(0).toUpperCase() + status.slice(1)}
                  </Badge>
                </Cell>
                <Cell className="whitespace-nowrap text-right">{money(total, currency)}</Cell>
                <Cell className="w-0 whitespace-nowrap">
                  {url && (
                    <a
                      href={url}
                      target="_blank"
                      rel="noreferrer"
                      aria-label={`Open invoice ${number ?? ''} at Stripe`}
                      className="inline-flex items-center gap-1.5 font-medium text-accent underline-offset-4 hover:underline"
                    >
                      Open <ExternalLink aria-hidden className="size-3.5" />
                    </a>
                  )}
                </Cell>
              </TableRow>
            ))}
          </tbody>
        </Table>
      )}
    </Card>
  )
}
