import { PageHeader } from '../ui/PageHeader.tsx'

export default function SignUpPage() {
  return <PageHeader title="Create your account" />
}
