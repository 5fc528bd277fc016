import type { Backend } from '../backend.ts'
import type { ActorsProject } from './router.ts'

/** A member acts on the project as its backend would: the guard has checked what the role permits. */
export const ownBackend = ({ projectId }: Pick<ActorsProject, 'projectId'>): Backend => ({
  projectId,
  credential: { kind: 'trusted' },
})
