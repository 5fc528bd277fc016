import { useMutation } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { CircleCheck } from 'lucide-react'
import { signIn } from '../api/auth.ts'
import { AccountFrame } from '../shell/AccountFrame.tsx'
import { Button } from '../ui/Button.tsx'
import { ErrorText } from '../ui/ErrorText.tsx'
import { TextField } from '../ui/Field.tsx'
import { onFields } from '../ui/form.ts'
import { TextLink } from '../ui/TextLink.tsx'
import { GitHubButton } from './GitHubButton.tsx'
import { confirmedPath, enter } from './sign-in.ts'

export default function SignInPage() {
  const { returnTo, error, confirmed } = useSearch({ from: '/sign-in' })
  const navigate = useNavigate()
  const submit = useMutation({
    mutationFn: (credentials: { email: string; password: string }) =>
      signIn({ ...credentials, callbackURL: confirmedPath(returnTo) }),
    onSuccess: (secondFactor) => {
      if (!secondFactor) return enter(returnTo)
      return navigate({ to: '/two-factor', search: { returnTo }, replace: true })
    },
    onError: ({ code }, { email }) => {
      if (code === 'EMAIL_NOT_VERIFIED') void navigate({ to: '/verify', search: { email, returnTo } })
    },
  })
  return (
    <AccountFrame
      title="Sign in"
      after={
        <>
          New to Radist?{' '}
          <TextLink to="/sign-up" search={{ returnTo }}>
            Create an account
          </TextLink>
        </>
      }
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={onFields((field) => submit.mutate({ email: field('email'), password: field('password') }))}
      >
        {error !== undefined && !submit.error && (
          <ErrorText error={new Error('GitHub did not sign you in. Try again, or use your password.')} />
        )}
        {confirmed && !submit.error && (
          <p role="status" className="flex gap-2 rounded-lg bg-accent-soft px-3 py-2.5 text-sm">
            <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-accent" />
            Your address is confirmed. Now sign in.
          </p>
        )}
        <ErrorText error={submit.error} />
        <TextField label="E-mail" name="email" type="email" autoComplete="username" required />
        <div>
          <TextField
            label="Password"
            name="password"
            type="password"
            autoComplete="current-password"
            required
          />
          <p className="mt-2 text-right text-sm">
            <TextLink to="/forgot-password">Forgotten your password?</TextLink>
          </p>
        </div>
        <Button type="submit" busy={submit.isPending}>
          Sign in
        </Button>
      </form>
      <GitHubButton returnTo={returnTo} />
    </AccountFrame>
  )
}
