import { Tabs as Parts } from '@base-ui/react/tabs'
import type { ReactNode } from 'react'

/** Views of the same thing; arrow keys move between them. */
export function Tabs(props: {
  label: string
  tabs: readonly { id: string; name: string; content: ReactNode }[]
}) {
  return (
    <Parts.Root defaultValue={props.tabs[0]?.id}>
      <Parts.List aria-label={props.label} className="flex gap-1 overflow-x-auto border-line border-b px-3">
        {props.tabs.map(({ id, name }) => (
          <Parts.Tab
            key={id}
            value={id}
            className="-mb-px whitespace-nowrap border-transparent border-b-2 px-3 py-2.5 font-medium text-muted text-sm outline-offset-[-2px] hover:text-ink data-active:border-accent data-active:text-ink"
          >
            {name}
          </Parts.Tab>
        ))}
      </Parts.List>
      {props.tabs.map(({ id, content }) => (
        <Parts.Panel key={id} value={id} className="outline-offset-[-2px]">
          {content}
        </Parts.Panel>
      ))}
    </Parts.Root>
  )
}
