import { describe, expect, it } from 'vitest'
import { callStatus, roomStatus } from './meeting-status.ts'

describe('callStatus', () => {
  it.each([
    ['connected', 'closed', false, 'waiting'],
    ['connected', 'new', true, 'connecting'],
    ['connected', 'connecting', true, 'connecting'],
    ['connected', 'connected', true, 'connected'],
    ['connected', 'failed', true, 'reconnecting'],
    ['reconnecting', 'connected', true, 'reconnecting'],
    ['disconnected', 'connected', true, 'disconnected'],
    ['closed', 'connected', true, 'ended'],
  ] as const)('signaling %s, media %s, someone there: %s → %s', (signaling, media, someoneThere, status) => {
    expect(callStatus(signaling, media, someoneThere)).toBe(status)
  })
})

describe('roomStatus', () => {
  it.each([
    ['connecting', false, 'connecting'],
    ['connected', false, 'waiting'],
    ['connected', true, 'connected'],
    ['reconnecting', true, 'reconnecting'],
    ['closed', true, 'ended'],
  ] as const)('signaling %s, someone there: %s → %s', (signaling, someoneThere, status) => {
    expect(roomStatus(signaling, someoneThere)).toBe(status)
  })
})
