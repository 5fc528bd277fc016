/** A call or a room, as a link to it names it. */
export interface Place {
  kind: 'call' | 'room'
  id: string
}

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** The place of an id from an address; null for what is no id. */
export const placeOf = (kind: Place['kind'], id: string): Place | null =>
  ID.test(id) ? { kind, id: id.toLowerCase() } : null
