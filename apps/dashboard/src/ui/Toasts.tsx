import { lazy, Suspense, useEffect, useState } from 'react'
import { onToast } from './toast.ts'

const ToastList = lazy(() => import('./ToastList.tsx'))

/** Shows what `showToast` tells. Its list is loaded at the first toast. */
export function Toasts() {
  const [needed, setNeeded] = useState(false)
  useEffect(() => onToast(() => setNeeded(true)), [])
  return <Suspense fallback={null}>{needed && <ToastList />}</Suspense>
}
