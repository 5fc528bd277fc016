import type { membersAnswerSchema, Role } from '@radist-tech/protocol/dashboard'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { z } from 'zod'
import { anyAnswer, change, outdated } from '../api/dashboard.ts'
import { wordsOf } from '../api/words.ts'
import { Badge } from '../ui/Badge.tsx'
import { Button } from '../ui/Button.tsx'
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx'
import { Cell, Table, TableHead, TableRow } from '../ui/Table.tsx'
import { Time } from '../ui/Time.tsx'
import { showToast } from '../ui/toast.ts'
import { roleNames, roleOptions } from './roles.ts'

type Member = z.infer<typeof membersAnswerSchema>['members'][number]

interface Props {
  members: readonly Member[]
  organizationId: string
  ownUserId: string
  mayManage: boolean
}

export function MemberTable({ members, organizationId, ownUserId, mayManage }: Props) {
  return (
    <Table label="Members">
      <TableHead columns={['Name', 'Role', 'Since', ...(mayManage ? [{ hidden: 'Actions' }] : [])]} />
      <tbody>
        {members.map((member) => (
          <TableRow key={member.memberId}>
            <Cell>
              <span className="flex items-center gap-2 font-medium">
                {member.name}
                {member.userId === ownUserId && <Badge>You</Badge>}
              </span>
              <span className="text-muted">{member.email}</span>
            </Cell>
            <Cell>
              {mayManage ? (
                <RoleChoice member={member} path={`/organizations/${organizationId}/members`} />
              ) : (
                roleNames[member.role]
              )}
            </Cell>
            <Cell className="text-muted">
              <Time at={member.joinedAt} />
            </Cell>
            {mayManage && (
              <Cell className="w-0 py-1.5 text-right">
                {member.userId !== ownUserId && (
                  <RemoveMember member={member} path={`/organizations/${organizationId}/members`} />
                )}
              </Cell>
            )}
          </TableRow>
        ))}
      </tbody>
    </Table>
  )
}

function RoleChoice({ member, path }: { member: Member; path: string }) {
  const update = useMutation({
    mutationFn: (role: Role) => change('PATCH', `${path}/${member.memberId}`, anyAnswer, { role }),
    onSuccess: async (_, role) => {
      // One's own role may be the one that has changed.
      await Promise.all([outdated(path), outdated('/session')])
      showToast(`${member.name} has the role ${roleNames[role]} now.`)
    },
    onError: (error) => showToast(wordsOf(error), 'failed'),
  })
  return (
    <select
      aria-label={`Role of ${member.name}`}
      // What was chosen, until the answer is there or it was refused.
      value={update.isPending ? update.variables : member.role}
      disabled={update.isPending}
      onChange={(event) => {
        const option = roleOptions.find(({ value }) => value === event.currentTarget.value)
        if (option) update.mutate(option.value)
      }}
      className="min-h-9 rounded-lg border border-field bg-surface px-2 text-sm"
    >
      {roleOptions.map(({ value, label }) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </select>
  )
}

function RemoveMember({ member, path }: { member: Member; path: string }) {
  const [open, setOpen] = useState(false)
  const remove = useMutation({
    mutationFn: () => change('DELETE', `${path}/${member.memberId}`, anyAnswer),
    onSuccess: async () => {
      setOpen(false)
      showToast(`${member.name} does not belong to the organisation any more.`)
      await outdated(path)
    },
  })
  return (
    <>
      <Button look="quiet" size="sm" aria-label={`Remove ${member.name}`} onClick={() => setOpen(true)}>
        Remove
      </Button>
      <ConfirmDialog
        open={open}
        title={`Remove ${member.name}?`}
        text="They lose sight of the organisation's projects at once. Keys that they made keep working: revoke those that they know."
        action="Remove member"
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate()}
        onClose={() => {
          setOpen(false)
          remove.reset()
        }}
      />
    </>
  )
}
