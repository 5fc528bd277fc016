import { PageHeader } from '../../ui/PageHeader.tsx'

export default function CallsPage() {
  return <PageHeader title="Calls" />
}
