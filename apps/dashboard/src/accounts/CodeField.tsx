import { TextField } from '../ui/Field.tsx'

/** For the six digits of an authenticator. */
export function CodeField() {
  return (
    <TextField
      label="Code"
      name="code"
      inputMode="numeric"
      autoComplete="one-time-code"
      pattern="[0-9]{6}"
      title="Six digits"
      placeholder="123456"
      maxLength={6}
      required
      hint="Six digits, from your authenticator."
    />
  )
}
