import { type KeyboardEvent, useRef, useState } from 'react'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { quickStart } from './quick-start.ts'

/** The quick start in tabs, after the WAI-ARIA pattern: arrow keys move between them. */
export function QuickStart() {
  const [selected, setSelected] = useState(0)
  const tabs = useRef<(HTMLButtonElement | null)[]>([])
  const snippet = quickStart[selected]
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    if (step === 0) return
    event.preventDefault()
    const next = (selected + step + quickStart.length) % quickStart.length
    setSelected(next)
    tabs.current[next]?.focus()
  }
  if (!snippet) return null
  return (
    <div className="overflow-hidden rounded-2xl bg-[#111716] text-[#e6edea] shadow-card ring-1 ring-white/10">
      <div className="flex items-center justify-between gap-2 border-white/10 border-b px-2 py-1.5">
        <div role="tablist" aria-label="Quick start" className="flex overflow-x-auto" onKeyDown={onKeyDown}>
          {quickStart.map(({ id, name }, index) => (
            <button
              key={id}
              ref={(element) => {
                tabs.current[index] = element
              }}
              type="button"
              role="tab"
              id={`tab-${id}`}
              aria-controls={`panel-${id}`}
              aria-selected={index === selected}
              tabIndex={index === selected ? 0 : -1}
              onClick={() => setSelected(index)}
              className="whitespace-nowrap rounded-lg px-3 py-2 font-medium text-[#a9b8b3] text-sm outline-offset-[-2px] transition-colors hover:text-white aria-selected:bg-white/10 aria-selected:text-white"
            >
              {name}
            </button>
          ))}
        </div>
        <CopyButton
          text={snippet.code}
          label="Copy"
          className="text-[#a9b8b3] hover:bg-white/10 hover:text-white"
        />
      </div>
      <div
        role="tabpanel"
        id={`panel-${snippet.id}`}
        aria-labelledby={`tab-${snippet.id}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways, which the keyboard must reach
        tabIndex={0}
        className="min-h-[17.5rem] overflow-x-auto p-5 outline-offset-[-2px]"
      >
        <pre className="font-mono text-[0.82rem] leading-relaxed">
          <code>{snippet.code}</code>
        </pre>
      </div>
    </div>
  )
}
