import { RadistError } from '@radist-tech/client'
import { describe, expect, it } from 'vitest'
import { ApiError } from '../api/words.ts'
import { plainWords } from './plain-words.ts'
import { PlaygroundApiError } from './playground-api.ts'

describe('plainWords', () => {
  it('speaks of what happened, whoever refused', () => {
    expect(plainWords(new RadistError('room_full')).title).toBe('The room is full')
    expect(plainWords(new ApiError(429, 'connection_limit_reached', '')).title).toContain('Too many')
    expect(plainWords(new PlaygroundApiError('no_host_available', '')).title).toContain('media server')
  })

  it('gives the error’s own message when it has no better', () => {
    expect(plainWords(new PlaygroundApiError('toString', 'Odd.')).advice).toContain('Odd.')
    expect(plainWords(new Error('secret detail')).advice).not.toContain('secret')
  })
})
