import { Dialog } from '@base-ui/react/dialog'
import { X } from 'lucide-react'
import { Logo } from '../ui/Logo.tsx'
import { Sidebar } from './Sidebar.tsx'

/** The sidebar on narrow screens. */
export default function Drawer({ onClose }: { onClose: () => void }) {
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-backdrop" />
        <Dialog.Popup className="fixed inset-y-0 left-0 z-50 flex w-72 max-w-[85vw] flex-col overflow-y-auto border-line border-r bg-surface outline-none">
          <Dialog.Title className="sr-only">Menu</Dialog.Title>
          <div className="flex h-14 shrink-0 items-center justify-between border-line border-b px-4">
            <Logo />
            <Dialog.Close
              aria-label="Close the menu"
              className="grid size-10 place-items-center rounded-lg text-muted hover:bg-raised"
            >
              <X aria-hidden className="size-5" />
            </Dialog.Close>
          </div>
          <div className="px-3 py-4">
            <Sidebar />
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
