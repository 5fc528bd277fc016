import { useMutation } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { signUp } from '../api/auth.ts'
import { AccountFrame } from '../shell/AccountFrame.tsx'
import { Button } from '../ui/Button.tsx'
import { ErrorText } from '../ui/ErrorText.tsx'
import { TextField } from '../ui/Field.tsx'
import { onFields } from '../ui/form.ts'
import { TextLink } from '../ui/TextLink.tsx'
import { GitHubButton } from './GitHubButton.tsx'
import { NewPasswordField } from './PasswordField.tsx'
import { confirmedPath } from './sign-in.ts'

export default function SignUpPage() {
  const { returnTo } = useSearch({ from: '/sign-up' })
  const navigate = useNavigate()
  const submit = useMutation({
    mutationFn: (person: { name: string; email: string; password: string }) =>
      signUp({ ...person, callbackURL: confirmedPath(returnTo) }),
    onSuccess: (_, { email }) => navigate({ to: '/verify', search: { email, returnTo } }),
  })
  return (
    <AccountFrame
      title="Create your account"
      after={
        <>
          Have an account?{' '}
          <TextLink to="/sign-in" search={{ returnTo }}>
            Sign in
          </TextLink>
        </>
      }
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={onFields((field) =>
          submit.mutate({
            name: field('name').trim(),
            email: field('email'),
            password: field('newPassword'),
          }),
        )}
      >
        <ErrorText error={submit.error} />
        <TextField label="Your name" name="name" autoComplete="name" required maxLength={64} />
        <TextField
          label="E-mail"
          name="email"
          type="email"
          autoComplete="username"
          required
          maxLength={254}
        />
        <NewPasswordField />
        <Button type="submit" busy={submit.isPending}>
          Create account
        </Button>
      </form>
      <GitHubButton returnTo={returnTo} />
    </AccountFrame>
  )
}
