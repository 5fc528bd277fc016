/** Which of a project's calls, or rooms, are on a page: by their numbers, 1..n without gaps. */

/** Null: all of them. */
export type StateWanted = 'open' | 'ended' | null

export interface NumbersWanted {
  state: StateWanted
  /** The range that is paged through, both ends included; empty when `first` is beyond `last`. */
  first: number
  last: number
}

/**
 * The page's numbers, the newest first. What has ended is all that is not open, so its pages are counted
 * off too: however much there is, a page costs no more than the open ones and itself.
 * @param open the numbers of those that are open, within the range, the newest first
 */
export function pageOfNumbers(
  open: readonly number[],
  { state, first, last }: NumbersWanted,
  { page, limit }: { page: number; limit: number },
): { total: number; numbers: number[] } {
  const skipped = (page - 1) * limit
  if (state === 'open') return { total: open.length, numbers: open.slice(skipped, skipped + limit) }
  const left = state === null ? [] : open
  const total = Math.max(0, last - first + 1) - left.length
  let next = last - skipped
  for (const number of left) if (number >= next) next -= 1
  const isLeft = new Set(left)
  const numbers: number[] = []
  for (; next >= first && numbers.length < limit; next--) if (!isLeft.has(next)) numbers.push(next)
  return { total, numbers }
}
