import { CopyButton } from './CopyButton.tsx'

/** Code to be read or taken along. `label` names it for screen readers. */
export function CodeBlock({ label, code }: { label: string; code: string }) {
  return (
    <div className="relative">
      <CopyButton
        text={code}
        label="Copy"
        className="absolute top-2 right-2 bg-surface text-muted ring-1 ring-line hover:text-ink"
      />
      <section
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways, which the keyboard must reach
        tabIndex={0}
        className="overflow-x-auto px-5 py-4 outline-offset-[-2px]"
      >
        <pre className="w-max min-w-full pr-28 font-mono text-[0.8125rem] leading-relaxed">
          <code>{code}</code>
        </pre>
      </section>
    </div>
  )
}
