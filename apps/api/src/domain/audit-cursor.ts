/** Where a page of the audit log ends: the time and id of its last entry, as one text. */

export interface AuditCursor {
  /** Milliseconds since 1970. */
  createdAt: number
  /** A UUID. */
  id: string
}

export const writeCursor = ({ createdAt, id }: AuditCursor): string => `${createdAt}_${id}`

/** Null when it is none. */
export function readCursor(text: string): AuditCursor | null {
  const match = /^(\d{1,15})_([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/.exec(text)
  return match?.[1] && match[2] ? { createdAt: Number(match[1]), id: match[2] } : null
}
