import { Tooltip as Parts } from '@base-ui/react/tooltip'
import type { ReactElement } from 'react'

/** A word about a button or figure that has none of its own. Not for what must be read: phones show none. */
export function Tooltip({ text, children }: { text: string; children: ReactElement }) {
  return (
    <Parts.Root>
      <Parts.Trigger render={children} />
      <Parts.Portal>
        <Parts.Positioner sideOffset={6} className="z-50">
          <Parts.Popup className="max-w-64 rounded-md bg-ink px-2.5 py-1.5 text-canvas text-xs shadow-popup">
            {text}
          </Parts.Popup>
        </Parts.Positioner>
      </Parts.Portal>
    </Parts.Root>
  )
}
