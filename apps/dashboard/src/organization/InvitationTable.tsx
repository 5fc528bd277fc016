import type { membersAnswerSchema } from '@radist-tech/protocol/dashboard'
import { useMutation } from '@tanstack/react-query'
import type { z } from 'zod'
import { anyAnswer, change, outdated } from '../api/dashboard.ts'
import { wordsOf } from '../api/words.ts'
import { Button } from '../ui/Button.tsx'
import { Cell, Table, TableHead, TableRow } from '../ui/Table.tsx'
import { Time } from '../ui/Time.tsx'
import { showToast } from '../ui/toast.ts'
import { roleNames } from './roles.ts'

type Invitation = z.infer<typeof membersAnswerSchema>['invitations'][number]

export function InvitationTable(props: {
  invitations: readonly Invitation[]
  organizationId: string
  mayManage: boolean
}) {
  const path = `/organizations/${props.organizationId}`
  const withdraw = useMutation({
    mutationFn: ({ invitationId }: Invitation) =>
      change('DELETE', `${path}/invitations/${invitationId}`, anyAnswer),
    onSuccess: async (_, { email }) => {
      showToast(`The invitation of ${email} is withdrawn.`)
      await outdated(`${path}/members`)
    },
    onError: (error) => showToast(wordsOf(error), 'failed'),
  })
  return (
    <Table label="Invitations">
      <TableHead
        columns={['E-mail', 'Role', 'Good until', ...(props.mayManage ? [{ hidden: 'Actions' }] : [])]}
      />
      <tbody>
        {props.invitations.map((invitation) => (
          <TableRow key={invitation.invitationId}>
            <Cell>{invitation.email}</Cell>
            <Cell>{roleNames[invitation.role]}</Cell>
            <Cell className="text-muted">
              <Time at={invitation.expiresAt} />
            </Cell>
            {props.mayManage && (
              <Cell className="w-0 py-1.5 text-right">
                <Button
                  look="quiet"
                  size="sm"
                  aria-label={`Withdraw the invitation of ${invitation.email}`}
                  busy={withdraw.isPending && withdraw.variables === invitation}
                  onClick={() => withdraw.mutate(invitation)}
                >
                  Withdraw
                </Button>
              </Cell>
            )}
          </TableRow>
        ))}
      </tbody>
    </Table>
  )
}
