/** Whether a host takes rooms and participants, from the conditions that it is in. */

export interface HostConditions {
  stopping: boolean
  /** Whether the journal could be written last time. */
  journalWritable: boolean
  /** Media workers that run now. */
  workers: number
}

export type HostState = 'ready' | 'draining' | 'impaired'

export function hostStateOf(conditions: HostConditions): HostState {
  if (conditions.stopping) return 'draining'
  return conditions.journalWritable && conditions.workers > 0 ? 'ready' : 'impaired'
}
