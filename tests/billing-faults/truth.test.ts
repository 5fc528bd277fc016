import { newParticipantId, newRoomId, projectIdSchema } from '@radist-tech/protocol'
import { describe, expect, it } from 'vitest'
import type { HostLife, HostOperation } from './host-operation.ts'
import { scheduleOf } from './schedule.ts'
import { truthOf } from './truth.ts'

const participantId = newParticipantId()
const projectId = projectIdSchema.parse(crypto.randomUUID())
const participant = { participantId, projectId, roomId: newRoomId(), epoch: 1 }
const at = (now: number) => ({ now, wall: now })
const admit: HostOperation = { ...at(500), do: 'admit', stay: 1, participant }
const life = (done: HostOperation[], ended: Partial<HostLife> = {}): HostLife => ({
  done,
  perhaps: null,
  killedAt: null,
  muted: new Set(),
  ...ended,
})
const truth = (...lives: HostLife[]) => truthOf(lives).get(participantId)

describe('the truth', () => {
  it('is the completed seconds between admission and end, without those away', () => {
    const away: HostOperation[] = [
      { ...at(2400), do: 'drop', stay: 1, at: 2400 },
      { ...at(9000), do: 'resume', stay: 1 },
    ]
    expect(truth(life([admit, ...away, { ...at(10_200), do: 'leave', stay: 1 }]))).toEqual({
      least: 3,
      most: 3,
    })
  })

  it('ends with the last sign of life of a socket that fell silent', () => {
    const silent: HostOperation[] = [
      { ...at(4500), do: 'alive', stay: 1 },
      { ...at(24_500), do: 'drop', stay: 1, at: 4500 },
    ]
    expect(truth(life([admit, ...silent]))).toEqual({ least: 4, most: 4 })
  })

  it('completes a second over several stays, on one host or two, and over a kill', () => {
    const until = (now: number): HostOperation => ({ ...at(now), do: 'leave', stay: 1 })
    const again: HostOperation = { ...at(5000), do: 'admit', stay: 2, participant }
    const second: HostOperation[] = [again, { ...at(6600), do: 'leave', stay: 2 }]
    expect(truth(life([admit, until(2000), ...second]))).toEqual({ least: 3, most: 3 })
    expect(truth(life([admit, until(2000)]), life(second))).toEqual({ least: 3, most: 3 })
    const killed = life([admit, { ...at(2000), do: 'write' }], { killedAt: 2000 })
    expect(truth(killed, life(second))).toEqual({ least: 2, most: 3 })
  })

  it('allows a kill to cost a second, once for a host', () => {
    const killed = life([admit, { ...at(5500), do: 'write' }], { killedAt: 6400 })
    expect(truth(killed)).toEqual({ least: 4, most: 5 })
    // Each ran for 5.9 s.
    expect(truth(killed, killed)).toEqual({ least: 9, most: 11 })
  })

  it('lets a kill charge what was presumed of a silent socket, until its end was written', () => {
    const gone: HostOperation[] = [
      { ...at(4500), do: 'alive', stay: 1 },
      { ...at(6000), do: 'drop', stay: 1, at: 4500 },
    ]
    const muted = new Set([1])
    expect(truth(life([admit, ...gone], { killedAt: 6400, muted }))).toEqual({ least: 3, most: 5 })
    expect(truth(life([admit, ...gone], { killedAt: 9000, muted }))).toEqual({ least: 4, most: 4 })
  })

  it('does not forgive a kill what had been written long before', () => {
    const left: HostOperation[] = [{ ...at(4000), do: 'leave', stay: 1 }]
    expect(truth(life([admit, ...left], { killedAt: 60_000 }))).toEqual({ least: 3, most: 3 })
  })

  it('lies between what was done and what may have been, when a kill came between', () => {
    const killed = life([admit, { ...at(5500), do: 'write' }], {
      perhaps: { ...at(6500), do: 'write' },
      killedAt: 6500,
    })
    expect(truth(killed)).toEqual({ least: 4, most: 6 })
  })
})

it('a seed always draws the same schedule, and another one another', () => {
  expect(scheduleOf(7)).toEqual(scheduleOf(7))
  expect(scheduleOf(7)).not.toEqual({ ...scheduleOf(8), seed: 7 })
})
