import { CircleAlert } from 'lucide-react'
import { wordsOf } from '../api/words.ts'

/** What was refused, beside the form or button that asked for it. Nothing without an error. */
export function ErrorText({ error, className = '' }: { error: Error | null; className?: string }) {
  if (!error) return null
  return (
    <p role="alert" className={`flex gap-2 rounded-lg bg-danger-soft px-3 py-2.5 text-sm ${className}`}>
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-danger" />
      <span>{wordsOf(error)}</span>
    </p>
  )
}
