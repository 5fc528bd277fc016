import { Menu as Parts } from '@base-ui/react/menu'
import { Check } from 'lucide-react'
import type { ReactNode } from 'react'
import type { MenuItem, MenuProps } from './Menu.tsx'

const row =
  'flex min-h-9 w-full cursor-default items-center gap-2.5 rounded-lg px-2.5 text-sm outline-none select-none data-highlighted:bg-raised'

/** Opens at once: it is loaded because its button was pressed. */
export default function MenuPopup({ label, children, className, align = 'start', items }: MenuProps) {
  return (
    <Parts.Root defaultOpen modal={false}>
      <Parts.Trigger aria-label={label} className={className}>
        {children}
      </Parts.Trigger>
      <Parts.Portal>
        <Parts.Positioner sideOffset={6} align={align} className="z-50">
          <Parts.Popup className="max-h-(--available-height) min-w-52 max-w-80 overflow-y-auto rounded-xl border border-line bg-surface p-1 shadow-popup outline-none">
            {items.map((item, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the list is made anew as a whole
              <Row key={index} item={item} />
            ))}
          </Parts.Popup>
        </Parts.Positioner>
      </Parts.Portal>
    </Parts.Root>
  )
}

function Row({ item }: { item: MenuItem }) {
  switch (item.kind) {
    case 'heading':
      return (
        <div role="presentation" className="truncate px-2.5 pt-2 pb-1 text-muted text-xs">
          {item.text}
        </div>
      )
    case 'line':
      return <Parts.Separator className="mx-1 my-1 h-px bg-line" />
    case 'action':
      return (
        <Parts.Item onClick={item.onSelect} className={`${row} ${item.danger ? 'text-danger' : ''}`}>
          {item.icon}
          <span className="min-w-0 truncate">{item.text}</span>
        </Parts.Item>
      )
    case 'link':
      return (
        <Parts.Item render={item.link} className={row}>
          {item.icon}
          <span className="min-w-0 grow truncate">{item.text}</span>
          {item.current && <Tick />}
        </Parts.Item>
      )
    case 'choice':
      return (
        <Parts.CheckboxItem checked={item.chosen} onClick={item.onSelect} className={row}>
          <span className="min-w-0 grow truncate">{item.text}</span>
          {item.chosen && <Tick />}
        </Parts.CheckboxItem>
      )
    default:
      return item satisfies never
  }
}

const Tick = (): ReactNode => <Check aria-hidden className="size-4 shrink-0 text-accent" />
