import { useMutation } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { resetPassword } from '../api/auth.ts'
import { AccountFrame } from '../shell/AccountFrame.tsx'
import { Button, LinkButton } from '../ui/Button.tsx'
import { ErrorText } from '../ui/ErrorText.tsx'
import { onFields } from '../ui/form.ts'
import { showToast } from '../ui/toast.ts'
import { NewPasswordField } from './PasswordField.tsx'

export default function ResetPasswordPage() {
  const { token, error } = useSearch({ from: '/reset-password' })
  const navigate = useNavigate()
  const submit = useMutation({
    mutationFn: (password: string) => resetPassword(token ?? '', password),
    onSuccess: () => {
      showToast('The new password holds. All sessions were ended.')
      return navigate({ to: '/sign-in', replace: true })
    },
  })
  if (token === undefined || error !== undefined || submit.error?.code === 'INVALID_TOKEN')
    return (
      <AccountFrame
        title="This link does not work any more"
        text="It is good for an hour, and once. Ask for another one."
      >
        <LinkButton to="/forgot-password" className="w-full">
          Send another link
        </LinkButton>
      </AccountFrame>
    )
  return (
    <AccountFrame title="Choose a new password" text="All sessions of your account are ended by it.">
      <form
        className="flex flex-col gap-4"
        onSubmit={onFields((field) => submit.mutate(field('newPassword')))}
      >
        <ErrorText error={submit.error} />
        <NewPasswordField label="New password" />
        <Button type="submit" busy={submit.isPending}>
          Set the password
        </Button>
      </form>
    </AccountFrame>
  )
}
