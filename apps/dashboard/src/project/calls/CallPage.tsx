import { PageHeader } from '../../ui/PageHeader.tsx'

export default function CallPage() {
  return <PageHeader title="Call" />
}
