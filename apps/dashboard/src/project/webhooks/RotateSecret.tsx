import { webhookSecretAnswerSchema } from '@radist-tech/protocol/dashboard'
import { useMutation } from '@tanstack/react-query'
import { RefreshCw } from 'lucide-react'
import { useState } from 'react'
import { change, outdated } from '../../api/dashboard.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog, DialogButtons } from '../../ui/Dialog.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { SelectField } from '../../ui/Field.tsx'
import { SecretDialog } from './SecretDialog.tsx'

const overlaps = [
  { value: '0', label: 'Not at all: it stops at once' },
  { value: '3600', label: '1 hour' },
  { value: '86400', label: '1 day' },
  { value: '604800', label: '7 days' },
] as const

/** Gives an endpoint another secret; the one of now signs as well for a while. */
export function RotateSecret({ projectId, endpointId }: { projectId: string; endpointId: string }) {
  const [asking, setAsking] = useState(false)
  const [overlap, setOverlap] = useState<(typeof overlaps)[number]['value']>('86400')
  const rotate = useMutation({
    mutationFn: () =>
      change('POST', `/projects/${projectId}/webhooks/${endpointId}/rotate`, webhookSecretAnswerSchema, {
        overlapSeconds: Number(overlap),
      }),
    onSuccess: () => {
      setAsking(false)
      return outdated(`/projects/${projectId}/webhooks`)
    },
    gcTime: 0,
  })
  const close = () => {
    setAsking(false)
    rotate.reset()
  }
  return (
    <>
      <Button look="secondary" size="sm" onClick={() => setAsking(true)}>
        <RefreshCw aria-hidden className="size-4" /> Rotate secret
      </Button>
      <Dialog
        open={asking}
        onClose={close}
        title="Rotate the secret"
        text="Requests are signed with a new secret, and with the one of now as well until your server knows the new one."
      >
        <form
          onSubmit={(event) => {
            event.preventDefault()
            rotate.mutate()
          }}
        >
          <ErrorText error={rotate.error} className="mb-4" />
          <SelectField
            label="The secret of now signs as well for"
            options={overlaps}
            value={overlap}
            onValue={setOverlap}
          />
          <DialogButtons>
            <Button look="secondary" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" busy={rotate.isPending}>
              Rotate secret
            </Button>
          </DialogButtons>
        </form>
      </Dialog>
      {rotate.data && <SecretDialog secret={rotate.data.secret} onStored={close} />}
    </>
  )
}
