import { PageHeader } from '../../ui/PageHeader.tsx'

export default function RoomsPage() {
  return <PageHeader title="Rooms" />
}
