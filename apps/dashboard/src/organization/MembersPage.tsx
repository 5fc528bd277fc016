import { PageHeader } from '../ui/PageHeader.tsx'

export default function MembersPage() {
  return <PageHeader title="Members" />
}
