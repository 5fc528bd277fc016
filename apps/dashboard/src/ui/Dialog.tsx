import { lazy, type ReactNode, Suspense } from 'react'

const DialogWindow = lazy(() => import('./DialogWindow.tsx'))

export interface DialogProps {
  open: boolean
  onClose: () => void
  title: string
  text?: ReactNode
  /** Whether it closes only by its own buttons: for what must be answered or read. */
  modal?: 'dismissible' | 'alert'
  children?: ReactNode
}

/** A window over the page. Holds the focus while it is open, and gives it back. Loaded when first opened. */
export function Dialog(props: DialogProps) {
  if (!props.open) return null
  return (
    <Suspense fallback={null}>
      <DialogWindow {...props} />
    </Suspense>
  )
}

/** The row of buttons at the end of a dialog. */
export function DialogButtons({ children }: { children: ReactNode }) {
  return <div className="mt-6 flex flex-wrap justify-end gap-2">{children}</div>
}
