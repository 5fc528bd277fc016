import { PageHeader } from '../../ui/PageHeader.tsx'

export default function ProjectPlaygroundPage() {
  return <PageHeader title="Playground" />
}
