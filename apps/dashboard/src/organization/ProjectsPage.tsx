import { PageHeader } from '../ui/PageHeader.tsx'

export default function ProjectsPage() {
  return <PageHeader title="Projects" />
}
