import { PageHeader } from '../ui/PageHeader.tsx'

export default function SignInPage() {
  return <PageHeader title="Sign in" />
}
