import { useMutation } from '@tanstack/react-query'
import { sendResetMail } from '../api/auth.ts'
import { AccountFrame } from '../shell/AccountFrame.tsx'
import { Button } from '../ui/Button.tsx'
import { ErrorText } from '../ui/ErrorText.tsx'
import { TextField } from '../ui/Field.tsx'
import { onFields } from '../ui/form.ts'
import { TextLink } from '../ui/TextLink.tsx'
import { InboxHint } from './InboxHint.tsx'

export default function ForgotPasswordPage() {
  const send = useMutation({ mutationFn: sendResetMail })
  const back = <TextLink to="/sign-in">Back to signing in</TextLink>
  if (send.isSuccess)
    return (
      <AccountFrame
        title="Check your e-mail"
        // The same for every address: who has an account is nobody else's business.
        text={
          <>
            If <strong className="break-all text-ink">{send.variables}</strong> has an account, a link to
            choose a new password is on its way to it. It is good for an hour.
          </>
        }
        after={back}
      >
        <Button look="secondary" className="w-full" onClick={() => send.reset()}>
          Use another address
        </Button>
        <InboxHint />
      </AccountFrame>
    )
  return (
    <AccountFrame
      title="Choose a new password"
      text="We send a link to your address, by which you choose a new one."
      after={back}
    >
      <form className="flex flex-col gap-4" onSubmit={onFields((field) => send.mutate(field('email')))}>
        <ErrorText error={send.error} />
        <TextField label="E-mail" name="email" type="email" autoComplete="username" required />
        <Button type="submit" busy={send.isPending}>
          Send the link
        </Button>
      </form>
    </AccountFrame>
  )
}
