import { PageHeader } from '../ui/PageHeader.tsx'

export default function NewOrganizationPage() {
  return <PageHeader title="New organisation" />
}
