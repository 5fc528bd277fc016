/** A person without a picture: initials on a colour of their own. */
export function Avatar({ name, small = false }: { name: string; small?: boolean }) {
  const hue = [...name].reduce((sum, character) => (sum * 31 + (character.codePointAt(0) ?? 0)) % 360, 7)
  return (
    <span
      aria-hidden
      className={`grid shrink-0 select-none place-items-center rounded-full font-semibold text-white ${
        small ? 'size-14 text-lg' : 'size-24 text-3xl'
      }`}
      style={{ backgroundColor: `oklch(0.52 0.1 ${hue})` }}
    >
      {initialsOf(name)}
    </span>
  )
}

function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/)
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map(
    (word) => [...(word ?? '')][0] ?? '',
  )
  return letters.join('').toUpperCase() || '?'
}
