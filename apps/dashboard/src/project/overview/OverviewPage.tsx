import { PageHeader } from '../../ui/PageHeader.tsx'

export default function OverviewPage() {
  return <PageHeader title="Overview" />
}
