import type { ReactNode } from 'react'
import { Button } from './Button.tsx'
import { Dialog, DialogButtons } from './Dialog.tsx'
import { ErrorText } from './ErrorText.tsx'

/** Asks before something that cannot be taken back. Stays open while it is done, and when it fails. */
export function ConfirmDialog(props: {
  open: boolean
  title: string
  text: ReactNode
  /** The verb, such as `Revoke key`. */
  action: string
  look?: 'danger' | 'primary'
  busy: boolean
  error: Error | null
  onConfirm: () => void
  onClose: () => void
}) {
  return (
    <Dialog open={props.open} onClose={props.onClose} title={props.title} text={props.text} modal="alert">
      <ErrorText error={props.error} />
      <DialogButtons>
        <Button look="secondary" onClick={props.onClose}>
          Cancel
        </Button>
        <Button look={props.look ?? 'danger'} busy={props.busy} onClick={props.onConfirm}>
          {props.action}
        </Button>
      </DialogButtons>
    </Dialog>
  )
}
