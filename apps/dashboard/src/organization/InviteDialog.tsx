import { invitationSchema, type Role } from '@radist-tech/protocol/dashboard'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { change, outdated } from '../api/dashboard.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog, DialogButtons } from '../ui/Dialog.tsx'
import { ErrorText } from '../ui/ErrorText.tsx'
import { SelectField, TextField } from '../ui/Field.tsx'
import { onFields } from '../ui/form.ts'
import { showToast } from '../ui/toast.ts'
import { roleNames, roleOptions, roleTexts } from './roles.ts'

export function InviteDialog(props: { open: boolean; organizationId: string; onClose: () => void }) {
  const [role, setRole] = useState<Role>('developer')
  const path = `/organizations/${props.organizationId}`
  const close = () => {
    props.onClose()
    invite.reset()
  }
  const invite = useMutation({
    mutationFn: (email: string) => change('POST', `${path}/invitations`, invitationSchema, { email, role }),
    onSuccess: async ({ email }) => {
      close()
      showToast(`An invitation is on its way to ${email}.`)
      await outdated(`${path}/members`)
    },
  })
  return (
    <Dialog
      open={props.open}
      onClose={close}
      title="Invite somebody"
      text="They get a mail with a link, which is good for 7 days and for their address alone."
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={onFields((field) => invite.mutate(field('email').trim()))}
      >
        <ErrorText error={invite.error} />
        <TextField label="E-mail" name="email" type="email" required maxLength={254} autoComplete="off" />
        <SelectField
          label="Role"
          options={roleOptions}
          value={role}
          onValue={setRole}
          hint={`${roleNames[role]}: ${roleTexts[role]}`}
        />
        <DialogButtons>
          <Button look="secondary" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" busy={invite.isPending}>
            Send the invitation
          </Button>
        </DialogButtons>
      </form>
    </Dialog>
  )
}
