import { useMutation } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { sendVerificationMail } from '../api/auth.ts'
import { AccountFrame } from '../shell/AccountFrame.tsx'
import { Button } from '../ui/Button.tsx'
import { ErrorText } from '../ui/ErrorText.tsx'
import { TextField } from '../ui/Field.tsx'
import { onFields } from '../ui/form.ts'
import { TextLink } from '../ui/TextLink.tsx'
import { InboxHint } from './InboxHint.tsx'
import { confirmedPath } from './sign-in.ts'

/** After signing up, until the link of the mail is followed; and when that link was of no use. */
export default function VerifyPage() {
  const { email, returnTo, error } = useSearch({ from: '/verify' })
  const send = useMutation({
    mutationFn: (address: string) => sendVerificationMail(address, confirmedPath(returnTo)),
  })
  const back = (
    <TextLink to="/sign-in" search={{ returnTo }}>
      Back to signing in
    </TextLink>
  )
  if (error !== undefined || email === undefined)
    return (
      <AccountFrame
        title="This link does not work any more"
        text="It is good for an hour, and once. Ask for another one."
        after={back}
      >
        <form className="flex flex-col gap-4" onSubmit={onFields((field) => send.mutate(field('email')))}>
          <ErrorText error={send.error} />
          <TextField label="E-mail" name="email" type="email" autoComplete="username" required />
          <Button type="submit" busy={send.isPending}>
            Send another link
          </Button>
          <Sent done={send.isSuccess} />
        </form>
        {send.isSuccess && <InboxHint />}
      </AccountFrame>
    )
  return (
    <AccountFrame
      title="Check your e-mail"
      text={
        <>
          We have sent a link to <strong className="break-all text-ink">{email}</strong>. Follow it to confirm
          the address, then sign in. It is good for an hour.
        </>
      }
      after={back}
    >
      <ErrorText error={send.error} className="mb-4" />
      <Button look="secondary" className="w-full" busy={send.isPending} onClick={() => send.mutate(email)}>
        Send it again
      </Button>
      <Sent done={send.isSuccess} />
      <InboxHint />
    </AccountFrame>
  )
}

function Sent({ done }: { done: boolean }) {
  return (
    <p role="status" className="mt-3 text-center text-muted text-sm empty:hidden">
      {done && 'Another link is on its way.'}
    </p>
  )
}
