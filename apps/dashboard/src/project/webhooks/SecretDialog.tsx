import { Dialog } from '../../ui/Dialog.tsx'
import { SecretOnce } from '../../ui/SecretOnce.tsx'

/** An endpoint's secret, the one time that it is shown. */
export function SecretDialog({ secret, onStored }: { secret: string; onStored: () => void }) {
  return (
    <Dialog
      open
      onClose={() => {}}
      modal="alert"
      title="Store this secret now"
      text="It is shown this one time. Your server checks with it that a request is from here."
    >
      <SecretOnce label="Signing secret" secret={secret} onStored={onStored} />
    </Dialog>
  )
}
