import { PageHeader } from '../../ui/PageHeader.tsx'

export default function WebhooksPage() {
  return <PageHeader title="Webhooks" />
}
