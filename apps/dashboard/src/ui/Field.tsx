import { Field } from '@base-ui/react/field'
import type { ComponentProps, ReactNode } from 'react'

const control =
  '[&[readonly]]:border-line [&[readonly]]:bg-raised block min-h-10 w-full min-w-0 rounded-lg border border-field bg-surface px-3 text-ink text-sm placeholder:text-muted disabled:cursor-not-allowed disabled:opacity-60 aria-invalid:border-danger data-invalid:border-danger'

interface Around {
  label: string
  /** What to put in; read out with the field. */
  hint?: ReactNode
  /** What is wrong with it now. */
  error?: string | null | undefined
}

function Labelled({
  label,
  hint,
  error,
  className = '',
  children,
}: Around & { className?: string | undefined; children: ReactNode }) {
  return (
    <Field.Root invalid={Boolean(error)} className={`flex flex-col gap-1.5 ${className}`}>
      <Field.Label className="font-medium text-sm">{label}</Field.Label>
      {children}
      {hint && <Field.Description className="text-muted text-xs leading-relaxed">{hint}</Field.Description>}
      {/* With `match`, it is shown by our word rather than by the browser's own checks. */}
      {error && (
        <Field.Error match className="text-danger text-sm">
          {error}
        </Field.Error>
      )}
    </Field.Root>
  )
}

/** A labelled line of text. */
export function TextField({ label, hint, error, className, ...rest }: Around & ComponentProps<'input'>) {
  return (
    <Labelled label={label} hint={hint} error={error} className={className}>
      <Field.Control className={control} {...rest} />
    </Labelled>
  )
}

/** Labelled text of several lines. */
export function TextArea({
  label,
  hint,
  error,
  className = '',
  ...rest
}: Around & ComponentProps<'textarea'>) {
  return (
    <Labelled label={label} hint={hint} error={error} className={className}>
      <Field.Control className={`${control} py-2`} render={<textarea {...rest} />} />
    </Labelled>
  )
}

/** A labelled choice: the browser's own list, which every phone and screen reader knows. */
export function SelectField<Value extends string>({
  label,
  hint,
  error,
  className,
  options,
  value,
  onValue,
  ...rest
}: Around &
  Omit<ComponentProps<'select'>, 'value' | 'onChange'> & {
    options: readonly { value: Value; label: string }[]
    value: Value
    onValue: (value: Value) => void
  }) {
  return (
    <Labelled label={label} hint={hint} error={error} className={className}>
      <Field.Control
        render={
          <select {...rest}>
            {options.map((option) => (
              <option key={option.value} value={option.value}>
                {option.label}
              </option>
            ))}
          </select>
        }
        value={value}
        onValueChange={(chosen) => {
          const option = options.find((candidate) => candidate.value === chosen)
          if (option) onValue(option.value)
        }}
        className={control}
      />
    </Labelled>
  )
}
