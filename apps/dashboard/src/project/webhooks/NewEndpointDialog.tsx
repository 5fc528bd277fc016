import { webhookSecretAnswerSchema } from '@radist-tech/protocol/dashboard'
import { useMutation } from '@tanstack/react-query'
import { change, outdated } from '../../api/dashboard.ts'
import { Dialog } from '../../ui/Dialog.tsx'
import { type EndpointFields, EndpointForm } from './EndpointForm.tsx'
import { SecretDialog } from './SecretDialog.tsx'

/** Makes an endpoint: first its address, then its secret, once. */
export function NewEndpointDialog(props: { projectId: string; open: boolean; onClose: () => void }) {
  const path = `/projects/${props.projectId}/webhooks`
  const create = useMutation({
    mutationFn: (fields: EndpointFields) => change('POST', path, webhookSecretAnswerSchema, fields),
    onSuccess: () => outdated(path),
    gcTime: 0,
  })
  const close = () => {
    create.reset()
    props.onClose()
  }
  if (create.data) return <SecretDialog secret={create.data.secret} onStored={close} />
  return (
    <Dialog
      open={props.open}
      onClose={close}
      title="New endpoint"
      text="It is sent POST requests with JSON. Whatever it answers with a status of 200 to 299 counts as received."
    >
      <EndpointForm
        action="Add endpoint"
        busy={create.isPending}
        error={create.error}
        onSave={(fields) => create.mutate(fields)}
        onCancel={close}
      />
    </Dialog>
  )
}
