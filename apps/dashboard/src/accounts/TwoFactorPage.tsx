import { useMutation } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { verifyBackupCode, verifyCode } from '../api/auth.ts'
import { AccountFrame } from '../shell/AccountFrame.tsx'
import { Button } from '../ui/Button.tsx'
import { ErrorText } from '../ui/ErrorText.tsx'
import { TextField } from '../ui/Field.tsx'
import { onFields } from '../ui/form.ts'
import { TextLink } from '../ui/TextLink.tsx'
import { CodeField } from './CodeField.tsx'
import { enter } from './sign-in.ts'

/** The second step of signing in. */
export default function TwoFactorPage() {
  const { returnTo } = useSearch({ from: '/two-factor' })
  const [way, setWay] = useState<'code' | 'backup'>('code')
  const submit = useMutation({
    mutationFn: ({ code, trusts }: { code: string; trusts: boolean }) =>
      way === 'code' ? verifyCode(code, trusts) : verifyBackupCode(code),
    onSuccess: () => enter(returnTo),
  })
  const change = () => {
    setWay(way === 'code' ? 'backup' : 'code')
    submit.reset()
  }
  return (
    <AccountFrame
      title="Two-factor authentication"
      text={
        way === 'code'
          ? 'Your account asks for a code of your authenticator besides the password.'
          : 'One of the codes that you stored when you set up your authenticator. Each works once.'
      }
      after={
        <TextLink to="/sign-in" search={{ returnTo }}>
          Sign in as somebody else
        </TextLink>
      }
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={onFields((field) =>
          submit.mutate({ code: field('code').trim(), trusts: field('trusts') === 'on' }),
        )}
      >
        <ErrorText error={submit.error} />
        {way === 'code' ? (
          <>
            <CodeField />
            <label className="flex items-center gap-2.5 text-sm">
              <input type="checkbox" name="trusts" className="size-4 accent-accent" />
              Do not ask again in this browser for 30 days
            </label>
          </>
        ) : (
          <TextField label="Backup code" name="code" autoComplete="off" spellCheck={false} required />
        )}
        <Button type="submit" busy={submit.isPending}>
          Go on
        </Button>
        <Button look="quiet" onClick={change}>
          {way === 'code' ? 'Use a backup code' : 'Use the authenticator'}
        </Button>
      </form>
    </AccountFrame>
  )
}
