import { PageHeader } from '../ui/PageHeader.tsx'

export default function TwoFactorPage() {
  return <PageHeader title="Second step" />
}
