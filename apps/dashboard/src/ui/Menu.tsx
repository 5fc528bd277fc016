import { lazy, type ReactElement, type ReactNode, Suspense, useState } from 'react'

const load = () => import('./MenuPopup.tsx')
const MenuPopup = lazy(load)

export type MenuItem =
  | { kind: 'action'; text: ReactNode; icon?: ReactNode; danger?: boolean; onSelect: () => void }
  /** A link within this site: an element such as `<Link to="…" />`, without content. */
  | { kind: 'link'; text: ReactNode; icon?: ReactNode; link: ReactElement; current?: boolean }
  /** One of several, of which one holds. */
  | { kind: 'choice'; text: ReactNode; chosen: boolean; onSelect: () => void }
  | { kind: 'heading'; text: string }
  | { kind: 'line' }

export interface MenuProps {
  /** Names the button for screen readers. */
  label: string
  /** What the button shows. */
  children: ReactNode
  className?: string
  align?: 'start' | 'end'
  items: readonly MenuItem[]
}

/** A button with a list of actions. The list is loaded when it is first asked for. */
export function Menu(props: MenuProps) {
  const [wanted, setWanted] = useState(false)
  const button = (
    <button
      type="button"
      aria-haspopup="menu"
      aria-expanded={false}
      aria-label={props.label}
      className={props.className}
      onPointerEnter={() => void load()}
      onFocus={() => void load()}
      onClick={() => setWanted(true)}
    >
      {props.children}
    </button>
  )
  if (!wanted) return button
  return (
    <Suspense fallback={button}>
      <MenuPopup {...props} />
    </Suspense>
  )
}
