import { PageHeader } from '../../ui/PageHeader.tsx'

export default function StatusPage() {
  return <PageHeader title="Status" />
}
