import { useId, useState } from 'react'
import { Button } from './Button.tsx'
import { CopyButton } from './CopyButton.tsx'
import { DialogButtons } from './Dialog.tsx'

/** A secret that is shown this one time. Goes on only when one says that it is stored. */
export function SecretOnce(props: { label: string; secret: string; onStored: () => void }) {
  const [stored, setStored] = useState(false)
  const id = useId()
  return (
    <div>
      <label htmlFor={id} className="mb-1.5 block font-medium text-sm">
        {props.label}
      </label>
      <div className="flex items-start gap-1 rounded-lg border border-field bg-raised p-1 pl-3">
        <output
          id={id}
          data-testid="secret"
          className="min-w-0 grow self-center whitespace-pre-line break-all font-mono text-[0.8125rem]"
        >
          {props.secret}
        </output>
        <CopyButton text={props.secret} label="Copy" className="shrink-0 bg-surface hover:bg-canvas" />
      </div>
      <label className="mt-4 flex items-center gap-2.5 text-sm">
        <input
          type="checkbox"
          checked={stored}
          onChange={(event) => setStored(event.currentTarget.checked)}
          className="size-4 accent-accent"
        />
        I have stored it
      </label>
      <DialogButtons>
        <Button disabled={!stored} onClick={props.onStored}>
          Done
        </Button>
      </DialogButtons>
    </div>
  )
}
