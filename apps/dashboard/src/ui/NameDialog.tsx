import { Button } from './Button.tsx'
import { Dialog, DialogButtons } from './Dialog.tsx'
import { ErrorText } from './ErrorText.tsx'
import { TextField } from './Field.tsx'
import { onFields } from './form.ts'

/** Asks for the name of something: to make it, or to give it another. */
export function NameDialog(props: {
  open: boolean
  title: string
  text?: string
  label: string
  /** What it is called now. */
  name?: string
  action: string
  busy: boolean
  error: Error | null
  onName: (name: string) => void
  onClose: () => void
}) {
  return (
    <Dialog open={props.open} onClose={props.onClose} title={props.title} text={props.text}>
      <form onSubmit={onFields((field) => props.onName(field('name').trim()))}>
        <ErrorText error={props.error} className="mb-4" />
        <TextField
          label={props.label}
          name="name"
          defaultValue={props.name}
          required
          maxLength={64}
          autoComplete="off"
        />
        <DialogButtons>
          <Button look="secondary" onClick={props.onClose}>
            Cancel
          </Button>
          <Button type="submit" busy={props.busy}>
            {props.action}
          </Button>
        </DialogButtons>
      </form>
    </Dialog>
  )
}
