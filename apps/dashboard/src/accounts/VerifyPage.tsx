import { PageHeader } from '../ui/PageHeader.tsx'

export default function VerifyPage() {
  return <PageHeader title="Confirm your address" />
}
