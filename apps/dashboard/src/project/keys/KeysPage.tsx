import { PageHeader } from '../../ui/PageHeader.tsx'

export default function KeysPage() {
  return <PageHeader title="Keys" />
}
