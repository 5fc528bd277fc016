import { useMutation } from '@tanstack/react-query'
import { Link2 } from 'lucide-react'
import { useState } from 'react'
import { queryClient } from '../api/query-client.ts'
import { projectQuery } from '../project/project.ts'
import { Button } from '../ui/Button.tsx'
import { ErrorText } from '../ui/ErrorText.tsx'
import { TextField } from '../ui/Field.tsx'
import { guestLink, useAccess } from './access.ts'
import { mintToken } from './member-api.ts'
import type { Place } from './place.ts'
import { LinkToCopy, ShareLink } from './ShareLink.tsx'

/** How others get here: by the page's own address, or by a link that a member makes. Guests invite nobody. */
export function Invite({ place }: { place: Place }) {
  const access = useAccess()
  switch (access.kind) {
    case 'anyone':
      return <ShareLink label="Invite with this link" />
    case 'member':
      return <GuestLinks place={place} projectId={access.projectId} />
    case 'guest':
      return null
    default:
      return access satisfies never
  }
}

/** Links for guests, who need no account: each lets one person in, once. */
function GuestLinks({ place, projectId }: { place: Place; projectId: string }) {
  const [name, setName] = useState('')
  const make = useMutation({
    mutationFn: async () => {
      const { publicKey } = await queryClient.fetchQuery(projectQuery(projectId))
      const token = await mintToken(projectId, place, name.trim())
      return guestLink(window.location.origin, place, publicKey, token)
    },
    gcTime: 0,
  })
  return (
    <div className="flex w-full flex-col gap-3 text-left">
      {place.kind === 'room' && (
        <TextField
          label="Guest’s name"
          placeholder="Guest"
          maxLength={64}
          autoComplete="off"
          value={name}
          onChange={(event) => {
            setName(event.currentTarget.value)
            make.reset()
          }}
        />
      )}
      <ErrorText error={make.error} />
      {make.data && <LinkToCopy label="Invitation, for one person and one time" link={make.data} />}
      <Button look="secondary" data-testid="invite" busy={make.isPending} onClick={() => make.mutate()}>
        <Link2 aria-hidden className="size-4" />
        {make.data ? 'Make another link' : 'Make an invitation link'}
      </Button>
    </div>
  )
}
