import { useId } from 'react'
import { CopyButton } from '../ui/CopyButton.tsx'

/** The address of this meeting, to be handed on. */
export const ShareLink = ({ label }: { label: string }) => (
  <LinkToCopy label={label} link={window.location.origin + window.location.pathname} />
)

export function LinkToCopy({ label, link }: { label: string; link: string }) {
  const id = useId()
  return (
    <div className="w-full text-left">
      <label htmlFor={id} className="mb-1.5 block font-medium text-sm">
        {label}
      </label>
      <div className="flex items-center gap-1 rounded-xl border border-line bg-surface p-1 pl-3 focus-within:border-accent">
        <input
          id={id}
          data-testid="share-link"
          readOnly
          value={link}
          onFocus={(event) => event.currentTarget.select()}
          className="min-w-0 grow truncate bg-transparent text-muted text-sm outline-none"
        />
        <CopyButton
          text={link}
          label="Copy"
          className="shrink-0 bg-accent text-on-accent hover:bg-accent-strong"
        />
      </div>
    </div>
  )
}
