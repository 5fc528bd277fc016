import { PageHeader } from '../ui/PageHeader.tsx'

export default function ForgotPasswordPage() {
  return <PageHeader title="Forgotten password" />
}
