/** What a host does with an assignment of a room, given what it knows of that room. */

export type KnownRoom = { is: 'unknown' } | { is: 'open'; epoch: number } | { is: 'closed' }

export type AssignmentDecision =
  /** Serve the room. */
  | 'open'
  /** The same assignment again: its answer got lost. */
  | 'repeat'
  /** The room went elsewhere and came back: what is left of its former stay is dropped first. */
  | 'reopen'
  | 'overtaken'
  | 'closed'

export function decideAssignment(known: KnownRoom, epoch: number): AssignmentDecision {
  switch (known.is) {
    case 'unknown':
      return 'open'
    case 'closed':
      return 'closed'
    case 'open':
      if (epoch === known.epoch) return 'repeat'
      return epoch > known.epoch ? 'reopen' : 'overtaken'
    default:
      return known satisfies never
  }
}
