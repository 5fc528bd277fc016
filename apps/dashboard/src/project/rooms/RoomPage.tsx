import { PageHeader } from '../../ui/PageHeader.tsx'

export default function RoomPage() {
  return <PageHeader title="Room" />
}
