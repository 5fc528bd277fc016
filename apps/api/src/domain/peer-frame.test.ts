import { type PeerFrame, peerFrameSchema } from '@radist-tech/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readFrame } from './peer-frame.ts'

/** What the other peer parses of a relayed frame; null when it is none. */
function relayed(text: string): unknown {
  const read = readFrame(text)
  if (read.kind !== 'frame' || read.frame.type !== 'relayed') return null
  return JSON.parse(`${read.frame.open},"from":"peer_x","seq":1}`)
}

/** JSON text of one value, in one of the ways in which clients may write it. */
const space = fc.constantFrom('', '', ' ', '\t', '\n', '\r ')
const escaped = (text: string, all: boolean): string =>
  all
    ? `"${[...Array(text.length).keys()].map((i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')}"`
    : JSON.stringify(text)
const textOf = (written: fc.Arbitrary<string>) =>
  fc.tuple(written, fc.boolean()).map(([t, all]) => escaped(t, all))
const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('"', '\ud800', '\u2028', 'v=0\r\n'))
const scalar = fc.oneof(textOf(anyText), fc.constantFrom('null', '0', '-1', '1e2', '1.5', '{}', '[]', 'true'))

const objectOf = (members: fc.Arbitrary<[string, string]>) =>
  fc
    .tuple(fc.array(members, { maxLength: 6 }), fc.boolean(), space)
    .map(([all, isEscaped, s]) =>
      [
        `${s}{`,
        all.map(([key, value]) => `${s}${escaped(key, isEscaped)}${s}:${s}${value}`).join(','),
        `${s}}${s}`,
      ].join(''),
    )
const member = (key: fc.Arbitrary<string>, value: fc.Arbitrary<string>) => fc.tuple(key, value)
const strange = fc.constantFrom('__proto__', 'constructor', 'from', 'seq', 'toString', '', 'Type')
const candidate = objectOf(
  fc.oneof(
    member(fc.constantFrom('candidate', 'sdpMid', 'usernameFragment'), textOf(anyText)),
    member(fc.constantFrom('sdpMid', 'sdpMLineIndex', 'usernameFragment'), scalar),
    member(strange, scalar),
  ),
)
/** Near enough to frames to be one often, also one that has a member twice, or members of the server's. */
const nearFrame = objectOf(
  fc.oneof(
    member(fc.constant('type'), fc.constantFrom('"offer"', '"answer"', '"candidate"', '"peer-left"')),
    member(fc.constant('sdp'), fc.oneof(textOf(anyText), scalar)),
    member(fc.constant('candidate'), fc.oneof(candidate, fc.constant('null'))),
    member(strange, scalar),
  ),
)

/** How often each member name stands in the outermost object of this JSON text, read without `JSON.parse`. */
function namesOf(text: string): string[] {
  const names: string[] = []
  let depth = 0
  for (const { 0: token } of text.matchAll(/"(?:[^"\\]|\\.)*"\s*:?|[{}[\]]/g)) {
    if (token === '{' || token === '[') depth++
    else if (token === '}' || token === ']') depth--
    else if (depth === 1 && token.endsWith(':')) names.push(JSON.parse(token.replace(/\s*:$/, '')))
  }
  return names
}

describe('a relayed frame', () => {
  it('says to the other peer what its schema says, with sender and number, however it was written', () => {
    let plain = 0
    fc.assert(
      fc.property(nearFrame, (text) => {
        const parsed = peerFrameSchema.safeParse(JSON.parse(text))
        const frame: PeerFrame | null = parsed.data ?? null
        expect(relayed(text)).toEqual(frame && { ...frame, from: 'peer_x', seq: 1 })
        if (frame) plain++
      }),
      { numRuns: 20_000 },
    )
    expect(plain).toBeGreaterThan(1000)
  })

  it('has each member once: not every parser takes the last one', () => {
    fc.assert(
      fc.property(nearFrame, (text) => {
        const read = readFrame(text)
        if (read.kind !== 'frame' || read.frame.type !== 'relayed') return
        const names = namesOf(`${read.frame.open}}`)
        expect(names).toHaveLength(new Set(names).size)
      }),
      { numRuns: 20_000 },
    )
    const forged = '{"type":"peer-left","type":"offer","sdp":"x"}'
    expect(readFrame(forged)).toEqual({
      kind: 'frame',
      frame: { type: 'relayed', open: '{"type":"offer","sdp":"x"' },
    })
    const inside = '{"type":"candidate","candidate":{"candidate":1,"candidate":"c"}}'
    expect(readFrame(inside)).toMatchObject({
      frame: { open: '{"type":"candidate","candidate":{"candidate":"c"}' },
    })
  })

  it('goes on in its own words where those say it once', () => {
    const own = ' { "type" : "offer", "sdp" : "v=0\\r\\n" }'
    expect(readFrame(`${own} \n`)).toEqual({
      kind: 'frame',
      frame: { type: 'relayed', open: own.slice(0, -1) },
    })
  })
})
