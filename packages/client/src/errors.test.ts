import { apiErrors, closeCodeOf } from '@radist-tech/protocol/errors'
import { describe, expect, it } from 'vitest'
import { errorOfClose, errorOfHttpAnswer, errorOfMediaFailure, isRefusal, RadistError } from './errors.ts'

describe('errorOfClose', () => {
  it('finds each of the server’s errors by close code and reason', () => {
    for (const code of Object.keys(apiErrors) as (keyof typeof apiErrors)[]) {
      expect(errorOfClose(closeCodeOf(code), apiErrors[code].error).code).toBe(code)
    }
  })

  it('keeps the reason of a refusal that it does not know', () => {
    const error = errorOfClose(4418, 'Teapot.')
    expect(error.code).toBe('request_refused')
    expect(error.message).toContain('Teapot. (close code 4418)')
  })

  it('knows a place that a newer connection has taken', () => {
    expect(errorOfClose(4001, '').code).toBe('connection_overtaken')
  })

  it('takes any other close for a lost server', () => {
    for (const code of [1000, 1001, 1006, 1011, 1012])
      expect(errorOfClose(code, '').code).toBe('server_unreachable')
  })
})

describe('isRefusal', () => {
  it.each([
    [4001, true],
    [4401, true],
    [4404, true],
    [4409, true],
    [4410, true],
    [4429, false],
    [4503, false],
    [1006, false],
  ])('%i: %s', (code, refusal) => {
    expect(isRefusal(code)).toBe(refusal)
  })
})

describe('errorOfHttpAnswer', () => {
  it('takes the code of the body', () => {
    const error = errorOfHttpAnswer(409, {
      error: 'All peers are already connected.',
      code: 'all_peers_connected',
    })
    expect(error).toBeInstanceOf(RadistError)
    expect(error).toMatchObject({ code: 'all_peers_connected', retryable: false })
  })

  it('is retryable when the server is only busy', () => {
    expect(errorOfHttpAnswer(503, { error: '', code: 'no_host_available' }).retryable).toBe(true)
  })

  it('says the status of an answer without a known code', () => {
    expect(errorOfHttpAnswer(502, '<html>').message).toContain('502')
    expect(errorOfHttpAnswer(400, { error: 'Why.', code: 'toString' })).toMatchObject({
      code: 'unexpected_answer',
    })
  })
})

describe('errorOfMediaFailure', () => {
  it.each([
    ['NotAllowedError', 'media_permission_denied'],
    ['NotFoundError', 'media_device_not_found'],
    ['NotReadableError', 'media_device_in_use'],
    ['AbortError', 'media_failed'],
  ])('%s → %s', (name, code) => {
    expect(errorOfMediaFailure(new DOMException('', name)).code).toBe(code)
  })
})
