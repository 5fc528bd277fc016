import type { ProjectAnswer } from '@radist-tech/protocol/dashboard'
import { useId } from 'react'
import { Button, LinkButton } from '../ui/Button.tsx'
import { CopyButton } from '../ui/CopyButton.tsx'
import { Dialog, DialogButtons } from '../ui/Dialog.tsx'

/** What a new project comes with. */
export function NewProjectDialog({
  project,
  onClose,
}: {
  project: ProjectAnswer | null
  onClose: () => void
}) {
  const id = useId()
  if (!project) return null
  const { projectId, name, publicKey } = project
  return (
    <Dialog
      open
      onClose={onClose}
      title={`${name} is ready`}
      text="Your pages connect with its public key. For your backend, make a secret key next."
    >
      <label htmlFor={id} className="mb-1.5 block font-medium text-sm">
        Public key
      </label>
      <div className="flex items-start gap-1 rounded-lg border border-line bg-raised p-1 pl-3">
        <output id={id} className="min-w-0 grow self-center break-all font-mono text-[0.8125rem]">
          {publicKey}
        </output>
        <CopyButton text={publicKey} label="Copy" className="shrink-0 bg-surface hover:bg-canvas" />
      </div>
      <DialogButtons>
        <Button look="secondary" onClick={onClose}>
          Close
        </Button>
        <LinkButton to="/projects/$projectId" params={{ projectId }}>
          Open the project
        </LinkButton>
      </DialogButtons>
    </Dialog>
  )
}
