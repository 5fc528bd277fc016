import { PageHeader } from '../../ui/PageHeader.tsx'

export default function DeliveryPage() {
  return <PageHeader title="Webhook delivery" />
}
