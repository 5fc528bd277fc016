/** What a timeline says, a line for each entry. */
import type { TimelineEntry } from '@radist-tech/protocol/dashboard'
import type { MediaKind } from './kinds.ts'
import { reasonWords } from './reasons.ts'

export type TimelineLook = 'good' | 'neutral' | 'warning'

interface Words {
  text: string
  look: TimelineLook
}

/** `who` is the identity, or else the id; null when it is about all of them. */
export const whoIs = ({ identity, subject }: Pick<TimelineEntry, 'identity' | 'subject'>): string | null =>
  identity ?? subject

/** What happened, without whom it happened to and why. */
export function timelineWords(kind: MediaKind, entry: TimelineEntry): Words {
  const alone = entry.subject !== null
  switch (entry.kind) {
    case 'created':
      return { text: `The ${kind} was created`, look: 'neutral' }
    case 'joined':
      return { text: 'joined', look: 'good' }
    case 'connected':
      return { text: alone ? 'connected' : 'Both peers are connected', look: 'good' }
    case 'dropped':
      return { text: alone ? 'lost the connection' : 'All lost their connection', look: 'warning' }
    case 'resumed':
      return { text: 'came back', look: 'good' }
    case 'left':
      return { text: 'left', look: 'neutral' }
    case 'moved':
      return { text: `The ${kind} went on on another SFU host`, look: 'warning' }
    case 'ended':
      return { text: `The ${kind} ended`, look: 'neutral' }
    default:
      return entry.kind satisfies never
  }
}

/** Why; null where there is nothing to say. */
export const whyOf = ({ reason }: TimelineEntry): string | null =>
  reason === null ? null : reasonWords(reason)
