import { expect, it } from 'vitest'
import { holderOf, isFailedAttempt } from './failed-attempts.ts'

it('counts wrong credentials, and guessed ids of those who have only a public key', () => {
  for (const code of ['missing_bearer_token', 'invalid_secret_key', 'expired_call_token'] as const)
    expect(isFailedAttempt(code, 'secret')).toBe(true)
  for (const code of ['call_not_found', 'room_not_found'] as const) {
    expect(isFailedAttempt(code, 'public')).toBe(true)
    expect(isFailedAttempt(code, 'secret')).toBe(false)
  }
  for (const code of ['not_found', 'invalid_body', 'call_terminated', 'origin_not_allowed'] as const)
    expect(isFailedAttempt(code, 'public')).toBe(false)
})

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['', null],
  ['unknown', null],
])('takes %j as %j', (address, holder) => {
  expect(holderOf(address)).toBe(holder)
})
