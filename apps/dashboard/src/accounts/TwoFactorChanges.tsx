import { useMutation } from '@tanstack/react-query'
import { endTwoFactor, newBackupCodes } from '../api/auth.ts'
import { outdated } from '../api/dashboard.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { showToast } from '../ui/toast.ts'
import { PasswordForm } from './PasswordForm.tsx'
import { BackupCodes } from './TwoFactorSetUp.tsx'

export function NewBackupCodesDialog({ onClose }: { onClose: () => void }) {
  const make = useMutation({ mutationFn: newBackupCodes })
  if (make.data) return <BackupCodes codes={make.data} onStored={onClose} />
  return (
    <Dialog open onClose={onClose} title="New backup codes" text="The ones you have are worth nothing then.">
      <PasswordForm
        action="Make new codes"
        busy={make.isPending}
        error={make.error}
        onPassword={(password) => make.mutate(password)}
        onClose={onClose}
      />
    </Dialog>
  )
}

export function EndTwoFactorDialog({ onClose }: { onClose: () => void }) {
  const end = useMutation({
    mutationFn: endTwoFactor,
    onSuccess: () => {
      onClose()
      showToast('Two-factor authentication is off.')
      void outdated('/session')
    },
  })
  return (
    <Dialog
      open
      onClose={onClose}
      title="Turn off two-factor authentication?"
      text="The password alone is enough to sign in then."
    >
      <PasswordForm
        action="Turn off"
        look="danger"
        busy={end.isPending}
        error={end.error}
        onPassword={(password) => end.mutate(password)}
        onClose={onClose}
      />
    </Dialog>
  )
}
