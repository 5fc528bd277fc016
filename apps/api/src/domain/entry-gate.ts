/**
 * How often, and how many, sockets are let into a call. Each one let in is written down, and one that was
 * closed here stays until its far end has answered; so whoever has a good token must not do it in a loop.
 * Looked at last: a refusal takes nothing from the token, and nobody without one has a part in the counting.
 */
import type { PeerId } from '@radist-tech/protocol'
import { type BucketLimits, fullBucket, type TokenBucket, takeToken } from './token-bucket.ts'

/** Of a call, by whomever. */
const JOINS: BucketLimits = { capacity: 30, perSecond: 0.5 }
/** Of one peer: its loop costs the other one nothing. */
const RECONNECTIONS: BucketLimits = { capacity: 30, perSecond: 0.5 }
/** Sockets of one peer, and of a call where somebody joins; those that are being closed included. */
export const MAX_SOCKETS = { ofPeer: 32, ofCall: 64 }

/** Forgotten when the object is evicted, which does not happen to one that is kept busy. */
export interface EntryGate {
  joins: TokenBucket
  /** Of peers that have come back lately; who is not here has a full bucket. */
  reconnections: ReadonlyMap<PeerId, TokenBucket>
}

export type Entry = { type: 'join' } | { type: 'reconnect'; peerId: PeerId }

export const openEntryGate = (now: number): EntryGate => ({
  joins: fullBucket(JOINS, now),
  reconnections: new Map(),
})

/** `sockets` are those that are there: of the call for a join, of the peer for its reconnection. */
export function passEntryGate(
  gate: EntryGate,
  entry: Entry,
  sockets: number,
  now: number,
): { ok: boolean; gate: EntryGate } {
  switch (entry.type) {
    case 'join': {
      if (sockets >= MAX_SOCKETS.ofCall) return { ok: false, gate }
      const { ok, bucket } = takeToken(gate.joins, JOINS, now)
      return { ok, gate: { ...gate, joins: bucket } }
    }
    case 'reconnect': {
      if (sockets >= MAX_SOCKETS.ofPeer) return { ok: false, gate }
      const before = gate.reconnections.get(entry.peerId) ?? fullBucket(RECONNECTIONS, now)
      const { ok, bucket } = takeToken(before, RECONNECTIONS, now)
      const lately = [...gate.reconnections].filter(([, { at }]) => now - at < REFILLED_AFTER_MS)
      return { ok, gate: { ...gate, reconnections: new Map([...lately, [entry.peerId, bucket]]) } }
    }
  }
}

/** After this long a bucket is full, whatever was in it. */
const REFILLED_AFTER_MS = (RECONNECTIONS.capacity / RECONNECTIONS.perSecond) * 1000
