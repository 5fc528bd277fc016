import { Button } from '../ui/Button.tsx'
import { DialogButtons } from '../ui/Dialog.tsx'
import { ErrorText } from '../ui/ErrorText.tsx'
import { TextField } from '../ui/Field.tsx'
import { onFields } from '../ui/form.ts'

/** Asks for the password once more, before what protects the account is changed. */
export function PasswordForm(props: {
  action: string
  look?: 'primary' | 'danger'
  busy: boolean
  error: Error | null
  onPassword: (password: string) => void
  onClose: () => void
}) {
  return (
    <form onSubmit={onFields((field) => props.onPassword(field('password')))}>
      <ErrorText error={props.error} className="mb-4" />
      <TextField
        label="Your password"
        name="password"
        type="password"
        autoComplete="current-password"
        required
      />
      <DialogButtons>
        <Button look="secondary" onClick={props.onClose}>
          Cancel
        </Button>
        <Button type="submit" look={props.look ?? 'primary'} busy={props.busy}>
          {props.action}
        </Button>
      </DialogButtons>
    </form>
  )
}
