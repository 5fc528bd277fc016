import { CircleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import type { PlainWords } from './plain-words.ts'

/** Something that went wrong, what to do about it, and perhaps the button to do it with. */
export function Alert(props: { words: PlainWords; className?: string; children?: ReactNode }) {
  return (
    <div
      role="alert"
      data-testid="alert"
      className={`flex gap-3 rounded-xl bg-danger-soft p-4 ${props.className ?? ''}`}
    >
      <CircleAlert aria-hidden className="mt-0.5 size-5 shrink-0 text-danger" />
      <div className="min-w-0 grow">
        <p className="font-medium">{props.words.title}</p>
        <p className="mt-0.5 text-sm leading-relaxed opacity-80">{props.words.advice}</p>
        {props.children && <div className="mt-3 flex flex-wrap gap-2">{props.children}</div>}
      </div>
    </div>
  )
}
