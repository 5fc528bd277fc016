import type { DashboardSession } from '@radist-tech/protocol/dashboard'
import { useMutation } from '@tanstack/react-query'
import { useRef } from 'react'
import { changePassword, sendResetMail } from '../api/auth.ts'
import { queryClient } from '../api/query-client.ts'
import { Button } from '../ui/Button.tsx'
import { Card } from '../ui/Card.tsx'
import { ErrorText } from '../ui/ErrorText.tsx'
import { TextField } from '../ui/Field.tsx'
import { onFields } from '../ui/form.ts'
import { showToast } from '../ui/toast.ts'
import { InboxHint } from './InboxHint.tsx'
import { NewPasswordField } from './PasswordField.tsx'

export function PasswordCard(props: { user: DashboardSession['user']; hasPassword: boolean }) {
  return props.hasPassword ? <ChangePassword /> : <FirstPassword email={props.user.email} />
}

function ChangePassword() {
  const form = useRef<HTMLFormElement>(null)
  const change = useMutation({
    mutationFn: ({ current, next }: { current: string; next: string }) => changePassword(current, next),
    onSuccess: async () => {
      form.current?.reset()
      showToast('The new password holds. Your other sessions were ended.')
      await queryClient.invalidateQueries({ queryKey: ['sessions'] })
    },
  })
  return (
    <Card title="Password" text="Changing it ends your sessions in other browsers.">
      <form
        ref={form}
        className="flex max-w-md flex-col items-start gap-4"
        onSubmit={onFields((field) =>
          change.mutate({ current: field('current'), next: field('newPassword') }),
        )}
      >
        <ErrorText error={change.error} className="self-stretch" />
        <TextField
          label="Current password"
          name="current"
          type="password"
          autoComplete="current-password"
          required
          className="self-stretch"
        />
        <NewPasswordField label="New password" />
        <Button type="submit" look="secondary" busy={change.isPending}>
          Change password
        </Button>
      </form>
    </Card>
  )
}

/** For whoever came by GitHub. The mail proves that the address is theirs. */
function FirstPassword({ email }: { email: string }) {
  const send = useMutation({ mutationFn: () => sendResetMail(email) })
  return (
    <Card title="Password" text="You sign in with GitHub. With a password you can do without it.">
      <ErrorText error={send.error} className="mb-4" />
      {send.isSuccess ? (
        <>
          <p className="text-sm">A link to set a password is on its way to {email}.</p>
          <InboxHint />
        </>
      ) : (
        <Button look="secondary" busy={send.isPending} onClick={() => send.mutate()}>
          Set a password by e-mail
        </Button>
      )}
    </Card>
  )
}
