import { Compass } from 'lucide-react'
import { LinkButton } from './ui/Button.tsx'
import { FullPageMessage } from './ui/FullPageMessage.tsx'

export function NotFoundPage() {
  return (
    <FullPageMessage
      icon={Compass}
      title="There is no such page"
      text="The address may be incomplete. Links to calls and rooms are long; copy the whole of it."
    >
      <LinkButton to="/" size="lg">
        To the start page
      </LinkButton>
    </FullPageMessage>
  )
}
