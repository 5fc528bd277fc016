import { expect, test } from 'vitest'
import { workerService } from './worker.ts'

const variables = {
  RADIST_FLEET_SECRET: 'a-fleet-secret-of-more-than-32-characters',
  RADIST_SIGNING_KEYS: '[{"kty":"OKP","crv":"Ed25519","kid":"k","x":"x","d":"d"}]',
  STRIPE_SECRET_KEY: 'sk_test_1',
  RADIST_ENVIRONMENT: 'development',
  RADIST_AUTH_SECRET: 'an-auth-secret-of-more-than-32-characters',
}

test.each([
  ['RADIST_SIGNING_KEYS', 'zzz-secret'],
  ['RADIST_SIGNING_KEYS', '[]'],
  ['RADIST_ICE_SERVERS', 'zzz-secret'],
  ['RADIST_TURN_PROVIDER', 'zzz-secret'],
  ['STRIPE_SECRET_KEY', ''],
  ['RADIST_AUTH_SECRET', 'zzz-secret'],
])('a wrong %s is one line naming it, before anything starts, and its value is not shown', (name, value) => {
  const start = () =>
    workerService({
      node: 'node',
      stateDir: '/nonexistent',
      port: 1,
      inspectorPort: 2,
      log: '/nonexistent',
      restart: false,
      report: () => {},
      variables: { ...variables, [name]: value },
    })
  expect(start).toThrow(new RegExp(`^Wrong configuration: ${name}: (?!.*zzz)[^\n]*$`))
})
