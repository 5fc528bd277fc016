/** Light, dark, or as the system has it; kept in this browser. */

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const STORED_AS = 'radist.theme'

export function storedTheme(): Theme {
  const stored = localStorage.getItem(STORED_AS)
  return themes.find((theme) => theme === stored) ?? 'system'
}

/** Shows the page in it; `system` leaves the choice to the style sheet's `color-scheme`. */
export function applyTheme(theme: Theme): void {
  if (theme === 'system') document.documentElement.removeAttribute('data-theme')
  else document.documentElement.dataset.theme = theme
}

export function storeTheme(theme: Theme): void {
  if (theme === 'system') localStorage.removeItem(STORED_AS)
  else localStorage.setItem(STORED_AS, theme)
  applyTheme(theme)
}
