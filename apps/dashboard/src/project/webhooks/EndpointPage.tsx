import { PageHeader } from '../../ui/PageHeader.tsx'

export default function EndpointPage() {
  return <PageHeader title="Webhook endpoint" />
}
