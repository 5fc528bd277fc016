import { Toast as Parts } from '@base-ui/react/toast'
import { CircleAlert, CircleCheck, X } from 'lucide-react'
import { useEffect } from 'react'
import { listenToToasts } from './toast.ts'

const SHOWN_MS = 5000

export default function ToastList() {
  return (
    <Parts.Provider timeout={SHOWN_MS}>
      <Shown />
    </Parts.Provider>
  )
}

function Shown() {
  const { toasts, add } = Parts.useToastManager()
  useEffect(
    () =>
      listenToToasts(({ text, look }) => {
        const failed = look === 'failed'
        add({ title: text, type: look, priority: failed ? 'high' : 'low', ...(failed && { timeout: 0 }) })
      }),
    [add],
  )
  return (
    <Parts.Portal>
      <Parts.Viewport className="fixed inset-x-3 bottom-3 z-60 flex flex-col gap-2 sm:right-5 sm:bottom-5 sm:left-auto sm:w-88">
        {toasts.map((toast) => {
          const failed = toast.type === 'failed'
          const Icon = failed ? CircleAlert : CircleCheck
          return (
            <Parts.Root
              key={toast.id}
              toast={toast}
              className="flex items-start gap-2.5 rounded-xl border border-line bg-surface p-3 pl-4 shadow-popup"
            >
              <Icon
                aria-hidden
                className={`mt-1 size-4 shrink-0 ${failed ? 'text-danger' : 'text-accent'}`}
              />
              <Parts.Content className="min-w-0 grow self-center text-sm">
                <Parts.Title className="font-medium" />
              </Parts.Content>
              <Parts.Close
                aria-label="Dismiss"
                className="grid size-7 place-items-center rounded-md text-muted hover:bg-raised"
              >
                <X aria-hidden className="size-4" />
              </Parts.Close>
            </Parts.Root>
          )
        })}
      </Parts.Viewport>
    </Parts.Portal>
  )
}
