import { Badge } from '../../ui/Badge.tsx'

export function StateBadge({ open }: { open: boolean }) {
  if (!open) return <Badge>Ended</Badge>
  return (
    <Badge look="good">
      <span aria-hidden className="size-1.5 rounded-full bg-current" />
      Open
    </Badge>
  )
}
