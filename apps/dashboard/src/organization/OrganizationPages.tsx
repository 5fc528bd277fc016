import { Outlet, useParams } from '@tanstack/react-router'
import { SearchX } from 'lucide-react'
import { useSession } from '../api/session.ts'
import { Card } from '../ui/Card.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { PageTitle } from '../ui/PageTitle.tsx'

/** The pages of an organisation, for its members; others are told what they would be of an unknown one. */
export function OrganizationPages() {
  const { organizationId } = useParams({ from: '/signed-in/organizations/$organizationId' })
  const belongs = useSession().organizations.some((one) => one.organizationId === organizationId)
  if (belongs) return <Outlet />
  return (
    <Card flush>
      <PageTitle className="sr-only">No such organisation</PageTitle>
      <EmptyState
        icon={SearchX}
        title="There is no such organisation"
        text="Or you do not belong to it. Those that you belong to are in the list above."
      />
    </Card>
  )
}
