/** The name that was given last time, kept in this browser. */
const KEY = 'radist.playground.name'

/** Storage may be switched off, by settings or a sandbox; then nothing is remembered. */
export function rememberedName(): string {
  try {
    return window.localStorage.getItem(KEY) ?? ''
  } catch {
    return ''
  }
}

export function rememberName(name: string): void {
  try {
    window.localStorage.setItem(KEY, name)
  } catch {
    return
  }
}
