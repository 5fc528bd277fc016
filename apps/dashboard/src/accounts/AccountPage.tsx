import { PageHeader } from '../ui/PageHeader.tsx'

export default function AccountPage() {
  return <PageHeader title="Account" />
}
