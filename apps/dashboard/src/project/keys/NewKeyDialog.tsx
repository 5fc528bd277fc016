import { Dialog } from '../../ui/Dialog.tsx'
import { NameDialog } from '../../ui/NameDialog.tsx'
import { SecretOnce } from '../../ui/SecretOnce.tsx'
import { useNewSecretKey } from './new-key.ts'

/** Makes a secret key: first its name, then the key, once. */
export function NewKeyDialog(props: { projectId: string; open: boolean; onClose: () => void }) {
  const create = useNewSecretKey(props.projectId)
  const close = () => {
    create.reset()
    props.onClose()
  }
  if (create.data)
    return (
      <Dialog
        open={props.open}
        onClose={() => {}}
        modal="alert"
        title="Store this key now"
        text="It is shown this one time. Keep it where your backend reads its secrets, never in a page or a repository."
      >
        <SecretOnce label={create.data.key.name} secret={create.data.secretKey} onStored={close} />
      </Dialog>
    )
  return (
    <NameDialog
      open={props.open}
      title="New secret key"
      text="Name it after where it is used, so that you know later which one to revoke."
      label="Name"
      action="Create key"
      busy={create.isPending}
      error={create.error}
      onName={(name) => create.mutate(name)}
      onClose={close}
    />
  )
}
