/** Whether a host takes rooms and participants, and why not, from the conditions that it is in. */

export interface HostConditions {
  /** It ends now: everyone has been told. */
  stopping: boolean
  /** It takes nothing new: it ends once it is empty, or an operator has asked for it. */
  draining: boolean
  /** Whether the journal could be written last time. */
  journalWritable: boolean
  /** Media workers that run now. */
  workers: number
}

/** What the control plane is told. */
export type HostState = 'ready' | 'draining' | 'impaired'

export function hostStateOf({ stopping, draining, journalWritable, workers }: HostConditions): HostState {
  if (stopping || draining) return 'draining'
  return journalWritable && workers > 0 ? 'ready' : 'impaired'
}

/**
 * Whether a room takes one more participant. A draining host's rooms go on until they are empty, so
 * that nobody is kept from a call that the others are in; an empty one goes elsewhere.
 */
export function takesParticipant(conditions: HostConditions, occupied: boolean): boolean {
  const { stopping, draining, journalWritable, workers } = conditions
  return !stopping && (!draining || occupied) && journalWritable && workers > 0
}

export interface ReadinessConditions extends HostConditions {
  enrolled: boolean
  /** Since when the control plane has taken no report, in ms. */
  controlPlaneSilentMs: number
}

export type NotReady =
  | 'stopping'
  | 'draining'
  | 'journal-unwritable'
  | 'no-media-worker'
  | 'not-enrolled'
  | 'control-plane-unreachable'

/** Why the host takes no new rooms; empty when it does. @param silenceLimitMs after which it counts as lost */
export function notReadyReasons(conditions: ReadinessConditions, silenceLimitMs: number): NotReady[] {
  const { stopping, draining, journalWritable, workers, enrolled, controlPlaneSilentMs } = conditions
  const reasons: [NotReady, boolean][] = [
    ['stopping', stopping],
    ['draining', draining && !stopping],
    ['journal-unwritable', !journalWritable],
    ['no-media-worker', workers === 0],
    ['not-enrolled', !enrolled],
    ['control-plane-unreachable', enrolled && controlPlaneSilentMs >= silenceLimitMs],
  ]
  return reasons.flatMap(([reason, holds]) => (holds ? reason : []))
}
