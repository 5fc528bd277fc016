import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { anyAnswer, change, outdated } from '../../api/dashboard.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog, DialogButtons } from '../../ui/Dialog.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { SelectField } from '../../ui/Field.tsx'
import { showToast } from '../../ui/toast.ts'
import { type Overlap, overlaps } from './key-state.ts'

/** Makes another public key, which takes the place of those of now. */
export function RollKeyDialog(props: { projectId: string; open: boolean; onClose: () => void }) {
  const [overlap, setOverlap] = useState<Overlap>('86400')
  const roll = useMutation({
    mutationFn: () =>
      change('POST', `/projects/${props.projectId}/public-keys/roll`, anyAnswer, {
        overlapSeconds: Number(overlap),
      }),
    onSuccess: async () => {
      props.onClose()
      showToast('There is a new public key.')
      await outdated(`/projects/${props.projectId}`)
    },
  })
  const close = () => {
    roll.reset()
    props.onClose()
  }
  return (
    <Dialog
      open={props.open}
      onClose={close}
      title="Roll the public key"
      text="A new key is made. The keys of now stay good for a while, so that pages that are open can be replaced."
    >
      <form
        onSubmit={(event) => {
          event.preventDefault()
          roll.mutate()
        }}
      >
        <ErrorText error={roll.error} className="mb-4" />
        <SelectField label="Old keys stay good for" options={overlaps} value={overlap} onValue={setOverlap} />
        <DialogButtons>
          <Button look="secondary" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" busy={roll.isPending}>
            Roll key
          </Button>
        </DialogButtons>
      </form>
    </Dialog>
  )
}
