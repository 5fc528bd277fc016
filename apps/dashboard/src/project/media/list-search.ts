/** What a list of calls or rooms is narrowed down to, as its address says it. */
import { z } from 'zod'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** What somebody else wrote into an address is ignored rather than refused. */
export const listSearchSchema = z.object({
  page: z.int().min(1).optional().catch(undefined),
  state: z.enum(['open', 'ended']).optional().catch(undefined),
  id: z.string().regex(UUID).optional().catch(undefined),
  /** In UTC. */
  day: z.iso.date().optional().catch(undefined),
})
export type ListSearch = z.infer<typeof listSearchSchema>

export const isNarrowed = ({ state, id, day }: ListSearch): boolean =>
  state !== undefined || id !== undefined || day !== undefined

/** What was typed or pasted, as an id; null when it is none. */
export function idIn(text: string): string | null {
  const id = text.trim().toLowerCase()
  return UUID.test(id) ? id : null
}
