import { PASSWORD_LENGTH } from '@radist-tech/protocol/dashboard'
import { TextField } from '../ui/Field.tsx'

/** For a password that is chosen now. */
export function NewPasswordField({ label = 'Password' }: { label?: string }) {
  return (
    <TextField
      label={label}
      name="newPassword"
      type="password"
      autoComplete="new-password"
      required
      minLength={PASSWORD_LENGTH.least}
      maxLength={PASSWORD_LENGTH.most}
      hint={`At least ${PASSWORD_LENGTH.least} characters. A few words are good.`}
      className="self-stretch"
    />
  )
}
