/** What a member's playground asks the dashboard's API for, in place of a backend of their own. */
import {
  createCallAnswerSchema,
  createRoomAnswerSchema,
  mintCallTokenAnswerSchema,
  mintRoomTokenAnswerSchema,
} from '@radist-tech/protocol/rest'
import { change } from '../api/dashboard.ts'
import type { Place } from './place.ts'

const base = (projectId: string) => `/projects/${projectId}/playground`

/** Makes a call or a room; answers its id. */
export async function createPlace(projectId: string, kind: Place['kind']): Promise<string> {
  if (kind === 'call')
    return (await change('POST', `${base(projectId)}/calls`, createCallAnswerSchema)).callId
  return (await change('POST', `${base(projectId)}/rooms`, createRoomAnswerSchema)).roomId
}

/** A token for one person. In rooms the others see them as `identity`; in calls pages tell each other. */
export async function mintToken(projectId: string, { kind, id }: Place, identity: string): Promise<string> {
  if (kind === 'call') {
    const path = `${base(projectId)}/calls/${id}/token`
    return (await change('POST', path, mintCallTokenAnswerSchema)).callToken
  }
  const body = identity === '' ? {} : { identity }
  const path = `${base(projectId)}/rooms/${id}/token`
  return (await change('POST', path, mintRoomTokenAnswerSchema, body)).roomToken
}
