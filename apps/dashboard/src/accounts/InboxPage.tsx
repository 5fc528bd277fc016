import { PageHeader } from '../ui/PageHeader.tsx'

export default function InboxPage() {
  return <PageHeader title="Inbox" />
}
