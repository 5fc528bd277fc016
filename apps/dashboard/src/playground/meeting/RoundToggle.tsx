import type { LucideIcon } from 'lucide-react'

/** A round switch over a picture. Its label says what pressing it does. */
export function RoundToggle(props: {
  testId: string
  on: boolean
  disabled?: boolean
  iconOn: LucideIcon
  iconOff: LucideIcon
  labelOn: string
  labelOff: string
  onToggle: (on: boolean) => void
  shortcut?: string
}) {
  const showsOn = props.on && !props.disabled
  const Icon = showsOn ? props.iconOn : props.iconOff
  const label = props.on ? props.labelOn : props.labelOff
  return (
    <button
      type="button"
      data-testid={props.testId}
      data-on={showsOn}
      aria-label={label}
      aria-keyshortcuts={props.shortcut}
      title={props.shortcut ? `${label} (${props.shortcut.toUpperCase()})` : label}
      disabled={props.disabled}
      onClick={() => props.onToggle(!props.on)}
      className={`grid size-12 place-items-center rounded-full transition-colors disabled:cursor-not-allowed disabled:opacity-45 ${
        showsOn ? 'bg-white/15 text-white hover:bg-white/25' : 'bg-white text-[#a81f25] hover:bg-white/90'
      }`}
    >
      <Icon aria-hidden className="size-5" />
    </button>
  )
}
