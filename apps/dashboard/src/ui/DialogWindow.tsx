import { AlertDialog } from '@base-ui/react/alert-dialog'
import { Dialog } from '@base-ui/react/dialog'
import type { DialogProps } from './Dialog.tsx'

export default function DialogWindow({ open, onClose, title, text, modal, children }: DialogProps) {
  const Parts = modal === 'alert' ? AlertDialog : Dialog
  return (
    <Parts.Root open={open} onOpenChange={(stays) => !stays && onClose()}>
      <Parts.Portal>
        <Parts.Backdrop className="fixed inset-0 z-40 bg-backdrop" />
        <Parts.Viewport className="fixed inset-0 z-50 overflow-y-auto">
          <div className="flex min-h-full items-end justify-center p-3 sm:items-center sm:p-6">
            <Parts.Popup className="w-full max-w-md rounded-2xl border border-line bg-surface p-6 shadow-popup outline-none">
              <Parts.Title className="font-semibold text-lg tracking-tight">{title}</Parts.Title>
              {text && (
                <Parts.Description className="mt-1.5 text-muted text-sm leading-relaxed">
                  {text}
                </Parts.Description>
              )}
              {children && <div className="mt-5">{children}</div>}
            </Parts.Popup>
          </div>
        </Parts.Viewport>
      </Parts.Portal>
    </Parts.Root>
  )
}
