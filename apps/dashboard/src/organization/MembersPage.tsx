import { membersAnswerSchema } from '@radist-tech/protocol/dashboard'
import { useQuery } from '@tanstack/react-query'
import { UserPlus } from 'lucide-react'
import { useState } from 'react'
import { answerTo } from '../api/dashboard.ts'
import { useSession } from '../api/session.ts'
import { Button } from '../ui/Button.tsx'
import { Card } from '../ui/Card.tsx'
import { ErrorState } from '../ui/ErrorState.tsx'
import { PageHeader } from '../ui/PageHeader.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { InvitationTable } from './InvitationTable.tsx'
import { InviteDialog } from './InviteDialog.tsx'
import { LeaveOrganization } from './LeaveOrganization.tsx'
import { MemberTable } from './MemberTable.tsx'
import { mayIn, useOrganization } from './organization.ts'

export default function MembersPage() {
  const organization = useOrganization()
  const { user } = useSession()
  const [inviting, setInviting] = useState(false)
  const members = useQuery(
    answerTo(`/organizations/${organization.organizationId}/members`, membersAnswerSchema),
  )
  const mayManage = mayIn(organization, 'members:manage')
  const invitations = members.data?.invitations ?? []
  return (
    <>
      <PageHeader title="Members" text={`Who belongs to ${organization.name}, and what they may do.`}>
        <LeaveOrganization organization={organization} />
        {mayManage && (
          <Button onClick={() => setInviting(true)}>
            <UserPlus aria-hidden className="size-4" /> Invite
          </Button>
        )}
      </PageHeader>
      <Card flush>
        {members.isPending && <SkeletonRows />}
        {members.isError && <ErrorState error={members.error} onRetry={() => void members.refetch()} />}
        {members.isSuccess && (
          <MemberTable
            members={members.data.members}
            organizationId={organization.organizationId}
            ownUserId={user.userId}
            mayManage={mayManage}
          />
        )}
      </Card>
      {invitations.length > 0 && (
        <Card title="Invitations" text="Sent, and not answered yet." flush className="mt-6">
          <InvitationTable
            invitations={invitations}
            organizationId={organization.organizationId}
            mayManage={mayManage}
          />
        </Card>
      )}
      <InviteDialog
        open={inviting}
        organizationId={organization.organizationId}
        onClose={() => setInviting(false)}
      />
    </>
  )
}
