/** Short news of something done, from anywhere; shown by `Toasts`. */

export interface Toast {
  text: string
  look: 'done' | 'failed'
}

type Listener = (toast: Toast) => void

let listener: Listener | null = null
/** Those of before anyone shows them. */
const waiting: Toast[] = []
let wake: (() => void) | null = null

/** Tells it; what failed is told until it is dismissed. */
export function showToast(text: string, look: Toast['look'] = 'done'): void {
  const toast = { text, look }
  if (listener) listener(toast)
  else waiting.push(toast)
  wake?.()
}

/** Whoever shows the toasts, one at a time; gets those that wait. Returns its end. */
export function listenToToasts(show: Listener): () => void {
  listener = show
  for (const toast of waiting.splice(0)) show(toast)
  return () => {
    listener = null
  }
}

/** Called at each toast: the list is loaded at the first. */
export function onToast(callback: () => void): () => void {
  wake = callback
  if (waiting.length > 0) callback()
  return () => {
    wake = null
  }
}
