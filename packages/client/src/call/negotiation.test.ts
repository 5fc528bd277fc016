import { describe, expect, it } from 'vitest'
import { decideOnDescription, mayOffer } from './negotiation.ts'

describe('decideOnDescription', () => {
  it.each([true, false])('takes an offer when none of its own is open (polite: %s)', (polite) => {
    for (const begun of [true, false]) {
      expect(decideOnDescription('offer', { signalingState: 'stable', polite, begun })).toBe('apply')
      expect(decideOnDescription('offer', { signalingState: 'have-remote-offer', polite, begun })).toBe(
        'apply',
      )
    }
  })

  it('settles colliding offers the same way on both sides: the polite one gives way', () => {
    const signalingState = 'have-local-offer'
    for (const begun of [true, false]) {
      expect(decideOnDescription('offer', { signalingState, polite: false, begun })).toBe(
        'ignore-colliding-offer',
      )
    }
    expect(decideOnDescription('offer', { signalingState, polite: true, begun: true })).toBe('apply')
    expect(decideOnDescription('offer', { signalingState, polite: true, begun: false })).toBe(
      'apply-to-fresh-connection',
    )
  })

  it.each([true, false])('takes an answer only to an open offer (polite: %s)', (polite) => {
    const decide = (signalingState: RTCSignalingState) =>
      decideOnDescription('answer', { signalingState, polite, begun: true })
    expect(decide('have-local-offer')).toBe('apply')
    expect(decide('stable')).toBe('ignore-stale-answer')
    expect(decide('have-remote-offer')).toBe('ignore-stale-answer')
  })
})

describe('mayOffer', () => {
  it('offers in the stable state only', () => {
    expect(mayOffer('stable')).toBe(true)
    expect(mayOffer('have-local-offer')).toBe(false)
    expect(mayOffer('have-remote-offer')).toBe(false)
    expect(mayOffer('closed')).toBe(false)
  })
})
