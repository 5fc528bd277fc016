import { PageHeader } from '../ui/PageHeader.tsx'

export default function InvitationPage() {
  return <PageHeader title="Invitation" />
}
