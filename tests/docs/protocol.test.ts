/** `docs/protocol.md` names every message, error and close code that the schemas know. */
import { readFileSync } from 'node:fs'
import {
  apiErrors,
  callEndedReasonSchema,
  closeCodeOf,
  frameErrorCodeSchema,
  peerFrameSchema,
  roomErrorCodeSchema,
  roomMethods,
  roomNotifications,
  serverFrameSchema,
  trackSourceSchema,
} from '@radist-tech/protocol'
import { describe, expect, it } from 'vitest'

const page = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8')
const typesOf = (schema: typeof peerFrameSchema | typeof serverFrameSchema) =>
  schema.options.map((option) => option.shape.type.value)

describe('docs/protocol.md', () => {
  it.each([
    ['frames of peers', typesOf(peerFrameSchema)],
    ['frames of the server', typesOf(serverFrameSchema)],
    ['frame errors', frameErrorCodeSchema.options],
    ['reasons of an ended call', callEndedReasonSchema.options],
    ['room methods', roomMethods],
    ['room notifications', Object.keys(roomNotifications)],
    ['room errors', roomErrorCodeSchema.options],
    ['track sources', trackSourceSchema.options],
  ])('names all %s', (_, names) => {
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
  })

  it('has a row for every error', () => {
    const rows = Object.entries(apiErrors).map(
      ([code, { status, error }]) =>
        `| \`${code}\` | ${status} | ${closeCodeOf(code as keyof typeof apiErrors)} | ${error} |`,
    )
    expect(rows.filter((row) => !page.includes(row))).toEqual([])
  })
})
