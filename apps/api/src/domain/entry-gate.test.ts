import { newPeerId } from '@radist-tech/protocol'
import { expect, it } from 'vitest'
import { type Entry, type EntryGate, MAX_SOCKETS, openEntryGate, passEntryGate } from './entry-gate.ts'

const NOW = 1_000_000
const join: Entry = { type: 'join' }
const reconnect: Entry = { type: 'reconnect', peerId: newPeerId() }
const otherReconnect: Entry = { type: 'reconnect', peerId: newPeerId() }

/** How many of so many at once pass, and the gate after them. */
function attempts(gate: EntryGate, entry: Entry, count: number, now = NOW) {
  let passed = 0
  let current = gate
  for (let i = 0; i < count; i++) {
    const { ok, gate: next } = passEntryGate(current, entry, 0, now)
    current = next
    if (ok) passed += 1
  }
  return { passed, gate: current }
}

it.each([
  ['joins', join],
  ['reconnections', reconnect],
])('lets in a burst of %s, then one in two seconds', (_, entry) => {
  const { passed, gate } = attempts(openEntryGate(NOW), entry, 100)
  expect(passed).toBe(30)
  expect(attempts(gate, entry, 100, NOW + 1999).passed).toBe(0)
  expect(attempts(gate, entry, 100, NOW + 4000).passed).toBe(2)
  expect(attempts(gate, entry, 100, NOW + 3_600_000).passed).toBe(30)
})

it('counts each peer by itself, and joins apart from them', () => {
  const { gate } = attempts(openEntryGate(NOW), reconnect, 100)
  expect(attempts(gate, reconnect, 100).passed).toBe(0)
  expect(attempts(gate, otherReconnect, 100).passed).toBe(30)
  expect(attempts(gate, join, 100).passed).toBe(30)
})

it('remembers nobody who has not come back lately', () => {
  const { gate } = attempts(openEntryGate(NOW), reconnect, 5)
  expect(attempts(gate, otherReconnect, 1, NOW + 59_999).gate.reconnections.size).toBe(2)
  expect(attempts(gate, otherReconnect, 1, NOW + 60_000).gate.reconnections.size).toBe(1)
})

it('lets in no more while too many sockets are there, and charges nothing for that', () => {
  for (const [entry, most] of [
    [join, MAX_SOCKETS.ofCall],
    [reconnect, MAX_SOCKETS.ofPeer],
  ] as const) {
    const gate = openEntryGate(NOW)
    expect(passEntryGate(gate, entry, most, NOW)).toEqual({ ok: false, gate })
    expect(passEntryGate(gate, entry, most - 1, NOW).ok).toBe(true)
  }
})
