import { PageHeader } from '../../ui/PageHeader.tsx'

export default function BillingPage() {
  return <PageHeader title="Billing" />
}
