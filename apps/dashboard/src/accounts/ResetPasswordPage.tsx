import { PageHeader } from '../ui/PageHeader.tsx'

export default function ResetPasswordPage() {
  return <PageHeader title="Choose a new password" />
}
