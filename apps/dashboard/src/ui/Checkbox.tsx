import { useId } from 'react'

/** Something that holds or does not, with what it means below it. */
export function Checkbox(props: {
  label: string
  hint?: string
  checked: boolean
  disabled?: boolean
  onChange: (checked: boolean) => void
  className?: string
}) {
  const id = useId()
  return (
    <div className={`flex items-start gap-2.5 ${props.className ?? ''}`}>
      <input
        id={id}
        type="checkbox"
        checked={props.checked}
        disabled={props.disabled}
        aria-describedby={props.hint && `${id}-hint`}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
        className="mt-0.5 size-4 shrink-0 accent-accent"
      />
      <div className="text-sm">
        <label htmlFor={id}>{props.label}</label>
        {props.hint && (
          <p id={`${id}-hint`} className="mt-0.5 text-muted text-xs leading-relaxed">
            {props.hint}
          </p>
        )}
      </div>
    </div>
  )
}
