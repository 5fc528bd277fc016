import { type DashboardSession, organizationAnswerSchema } from '@radist-tech/protocol/dashboard'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { change, outdated } from '../api/dashboard.ts'
import { Button } from '../ui/Button.tsx'
import { NameDialog } from '../ui/NameDialog.tsx'
import { showToast } from '../ui/toast.ts'

/** The button and its window. */
export function RenameOrganization(props: { organization: DashboardSession['organizations'][number] }) {
  const { organizationId, name } = props.organization
  const [open, setOpen] = useState(false)
  const rename = useMutation({
    mutationFn: (newName: string) =>
      change('PATCH', `/organizations/${organizationId}`, organizationAnswerSchema, { name: newName }),
    onSuccess: async (answer) => {
      await outdated('/session')
      setOpen(false)
      showToast(`The organisation is called ${answer.name} now.`)
    },
  })
  return (
    <>
      <Button look="secondary" onClick={() => setOpen(true)}>
        Rename organisation
      </Button>
      <NameDialog
        open={open}
        title="Rename organisation"
        label="Name"
        name={name}
        action="Rename"
        busy={rename.isPending}
        error={rename.error}
        onName={(newName) => rename.mutate(newName)}
        onClose={() => {
          setOpen(false)
          rename.reset()
        }}
      />
    </>
  )
}
