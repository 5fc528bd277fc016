import type { DashboardSession } from '@radist-tech/protocol/dashboard'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { anyAnswer, change, outdated } from '../api/dashboard.ts'
import { Button } from '../ui/Button.tsx'
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx'

/** The button and its question. */
export function LeaveOrganization(props: { organization: DashboardSession['organizations'][number] }) {
  const { organizationId, name } = props.organization
  const [open, setOpen] = useState(false)
  const navigate = useNavigate()
  const leave = useMutation({
    mutationFn: () => change('POST', `/organizations/${organizationId}/leave`, anyAnswer),
    onSuccess: async () => {
      // First away: the page of an organisation one does not belong to cannot be shown.
      await navigate({ to: '/account' })
      await outdated('/session')
    },
  })
  return (
    <>
      <Button look="secondary" onClick={() => setOpen(true)}>
        Leave
      </Button>
      <ConfirmDialog
        open={open}
        title={`Leave ${name}?`}
        text="You lose sight of its projects. Only an owner can invite you again."
        action="Leave the organisation"
        busy={leave.isPending}
        error={leave.error}
        onConfirm={() => leave.mutate()}
        onClose={() => {
          setOpen(false)
          leave.reset()
        }}
      />
    </>
  )
}
