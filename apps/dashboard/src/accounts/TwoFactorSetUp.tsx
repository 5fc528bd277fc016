import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { beginTwoFactor, verifyCode } from '../api/auth.ts'
import { outdated } from '../api/dashboard.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog, DialogButtons } from '../ui/Dialog.tsx'
import { ErrorText } from '../ui/ErrorText.tsx'
import { onFields } from '../ui/form.ts'
import { SecretOnce } from '../ui/SecretOnce.tsx'
import { showToast } from '../ui/toast.ts'
import { CodeField } from './CodeField.tsx'
import { PasswordForm } from './PasswordForm.tsx'
import { QrCode } from './QrCode.tsx'

type Step = { is: 'password' } | { is: 'scan' | 'codes'; totpURI: string; backupCodes: string[] }

/** Password, then the QR code and a code of it, then the backup codes. Nothing holds before the code is right. */
export function TwoFactorSetUp({ onClose }: { onClose: () => void }) {
  const [step, setStep] = useState<Step>({ is: 'password' })
  const begin = useMutation({
    mutationFn: beginTwoFactor,
    onSuccess: (answer) => setStep({ is: 'scan', ...answer }),
  })
  const verify = useMutation({
    mutationFn: (code: string) => verifyCode(code, false),
    onSuccess: () => setStep((now) => (now.is === 'scan' ? { ...now, is: 'codes' } : now)),
  })
  const finish = () => {
    onClose()
    showToast('Two-factor authentication is on.')
    void outdated('/session')
  }
  switch (step.is) {
    case 'password':
      return (
        <Dialog
          open
          onClose={onClose}
          title="Set up two-factor authentication"
          text="First your password, once more."
        >
          <PasswordForm
            action="Go on"
            busy={begin.isPending}
            error={begin.error}
            onPassword={(password) => begin.mutate(password)}
            onClose={onClose}
          />
        </Dialog>
      )
    case 'scan':
      return (
        <Dialog
          open
          onClose={onClose}
          title="Scan this with your authenticator"
          text="Then type the code that it shows."
        >
          <QrCode content={step.totpURI} />
          <details className="mt-3 text-sm">
            <summary className="cursor-pointer text-muted">It cannot be scanned</summary>
            <p
              className="mt-2 break-all rounded-lg bg-raised px-3 py-2 font-mono text-xs"
              data-testid="totp-secret"
            >
              {new URL(step.totpURI).searchParams.get('secret')}
            </p>
          </details>
          <form className="mt-4" onSubmit={onFields((field) => verify.mutate(field('code').trim()))}>
            <ErrorText error={verify.error} className="mb-4" />
            <CodeField />
            <DialogButtons>
              <Button look="secondary" onClick={onClose}>
                Cancel
              </Button>
              <Button type="submit" busy={verify.isPending}>
                Turn on
              </Button>
            </DialogButtons>
          </form>
        </Dialog>
      )
    case 'codes':
      return <BackupCodes codes={step.backupCodes} onStored={finish} />
    default:
      return step satisfies never
  }
}

/** The codes for when the authenticator is lost, shown this once. */
export function BackupCodes({ codes, onStored }: { codes: readonly string[]; onStored: () => void }) {
  return (
    <Dialog
      open
      // It closes by saying that they are stored.
      onClose={() => {}}
      title="Store your backup codes"
      text="Each lets you in once, when your authenticator is lost. They are not shown again."
      modal="alert"
    >
      <SecretOnce label="Backup codes" secret={codes.join('\n')} onStored={onStored} />
    </Dialog>
  )
}
