/** The value of a JSON text, or null when it is none: what a peer sends is never trusted to be well formed. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
