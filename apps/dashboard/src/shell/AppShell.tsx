import { Outlet, useLocation } from '@tanstack/react-router'
import { Menu as MenuIcon } from 'lucide-react'
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { Logo } from '../ui/Logo.tsx'
import { AccountMenu } from './AccountMenu.tsx'
import { Sidebar } from './Sidebar.tsx'
import { OrganizationSwitcher, ProjectSwitcher } from './Switchers.tsx'

const loadDrawer = () => import('./Drawer.tsx')
const Drawer = lazy(loadDrawer)

/** The frame of all pages of those who are signed in: where one is, where one can go. */
export function AppShell() {
  const [drawerOpen, setDrawerOpen] = useState(false)
  const main = useRef<HTMLElement>(null)
  const path = useLocation({ select: ({ pathname }) => pathname })
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever goes to another page has chosen
  useEffect(() => setDrawerOpen(false), [path])
  return (
    <div className="flex min-h-dvh flex-col">
      <button
        type="button"
        onClick={() => main.current?.focus()}
        className="sr-only z-50 rounded-lg bg-accent px-4 py-2.5 font-medium text-on-accent text-sm focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to the content
      </button>
      <header className="sticky top-0 z-30 flex h-14 items-center gap-1 border-line border-b bg-surface px-3 sm:px-5">
        <button
          type="button"
          aria-label="Menu"
          aria-haspopup="dialog"
          aria-expanded={drawerOpen}
          onPointerEnter={() => void loadDrawer()}
          onClick={() => setDrawerOpen(true)}
          className="-ml-1 grid size-10 place-items-center rounded-lg hover:bg-raised lg:hidden"
        >
          <MenuIcon aria-hidden className="size-5" />
        </button>
        <Logo compact />
        <nav aria-label="Where you are" className="flex min-w-0 items-center">
          <OrganizationSwitcher />
          <ProjectSwitcher />
        </nav>
        <div className="ml-auto">
          <AccountMenu />
        </div>
      </header>
      <div className="mx-auto flex w-full max-w-360 grow">
        <aside className="sticky top-14 hidden h-[calc(100dvh-3.5rem)] w-56 shrink-0 overflow-y-auto px-3 py-5 lg:block">
          <Sidebar />
        </aside>
        <main
          ref={main}
          id="main"
          tabIndex={-1}
          className="min-w-0 grow px-4 pt-6 pb-20 outline-none sm:px-8 sm:pt-8"
        >
          <div className="mx-auto max-w-5xl">
            <Outlet />
          </div>
        </main>
      </div>
      <Suspense fallback={null}>{drawerOpen && <Drawer onClose={() => setDrawerOpen(false)} />}</Suspense>
    </div>
  )
}
