/** Where a page of the audit log ends: the time and id of its last entry, as one text. */
import { z } from 'zod'

export interface AuditCursor {
  /** Milliseconds since 1970. */
  createdAt: number
  id: string
}

const cursorSchema = z.object({
  createdAt: z.coerce.number().int().min(0),
  id: z.uuid(),
})

export const writeCursor = ({ createdAt, id }: AuditCursor): string => `${createdAt}_${id}`

/** Null when it is none. */
export function readCursor(text: string): AuditCursor | null {
  const match = /^(\d{1,15})_([\da-f-]{36})$/.exec(text)
  const cursor = cursorSchema.safeParse({ createdAt: match?.[1], id: match?.[2] })
  return cursor.success ? cursor.data : null
}
