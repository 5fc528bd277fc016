import { Link } from '@tanstack/react-router'
import { LogOut, UserRound } from 'lucide-react'
import { useState } from 'react'
import { signOut } from '../api/auth.ts'
import { useSession } from '../api/session.ts'
import { wordsOf } from '../api/words.ts'
import { storedTheme, storeTheme, type Theme, themes } from '../theme.ts'
import { Menu } from '../ui/Menu.tsx'
import { showToast } from '../ui/toast.ts'

const themeNames: Record<Theme, string> = { system: 'As the system', light: 'Light', dark: 'Dark' }

/** Who one is, how the page looks, and the way out. */
export function AccountMenu() {
  const { user } = useSession()
  const [theme, setTheme] = useState(storedTheme)
  const choose = (chosen: Theme) => {
    storeTheme(chosen)
    setTheme(chosen)
  }
  const leave = () =>
    signOut().then(
      // The page is loaded anew, so that nothing of this person stays in it.
      () => window.location.assign('/sign-in'),
      (error: Error) => showToast(wordsOf(error), 'failed'),
    )
  return (
    <Menu
      label={`Your account: ${user.name}`}
      align="end"
      className="grid size-9 place-items-center rounded-full bg-accent-soft font-semibold text-accent-strong text-sm"
      items={[
        { kind: 'heading', text: user.email },
        {
          kind: 'link',
          text: 'Account',
          icon: <UserRound aria-hidden className="size-4 text-muted" />,
          link: <Link to="/account" />,
        },
        { kind: 'line' },
        { kind: 'heading', text: 'Colours' },
        ...themes.map((name) => ({
          kind: 'choice' as const,
          text: themeNames[name],
          chosen: name === theme,
          onSelect: () => choose(name),
        })),
        { kind: 'line' },
        {
          kind: 'action',
          text: 'Sign out',
          icon: <LogOut aria-hidden className="size-4 text-muted" />,
          onSelect: leave,
        },
      ]}
    >
      <span aria-hidden>{[...user.name.trim()][0]?.toUpperCase() ?? '?'}</span>
    </Menu>
  )
}
