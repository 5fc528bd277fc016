import { expect, test } from 'vitest'
import { readStackOptions } from './options.ts'

test('without options and variables the defaults hold', () => {
  expect(readStackOptions({}, {})).toMatchObject({ port: 8787, sfuHosts: 1, workerEnv: {}, sfuEnv: {} })
})

test('the command line goes before the environment', () => {
  expect(readStackOptions({ port: '9000' }, { RADIST_PORT: '9100' }).port).toBe(9000)
  expect(readStackOptions({}, { RADIST_PORT: '9100' }).port).toBe(9100)
})

test.each([
  [{ port: 'x' }, {}, '--port'],
  [{ port: '80' }, {}, '--port'],
  [{}, { RADIST_PORT: '65500' }, 'RADIST_PORT'],
  [{ sfuHosts: '0' }, {}, '--sfu-hosts'],
  [{}, { RADIST_SFU_WORKERS: '1.5' }, 'RADIST_SFU_WORKERS'],
  [{}, { RADIST_METER_WINDOW_SECONDS: '0' }, 'RADIST_METER_WINDOW_SECONDS'],
  [{}, { RADIST_PEER_GRACE_SECONDS: 'soon' }, 'RADIST_PEER_GRACE_SECONDS'],
  [{}, { RADIST_FLEET_SECRET: 'short' }, 'RADIST_FLEET_SECRET'],
  [{}, { STRIPE_API_BASE_URL: 'localhost:1' }, 'STRIPE_API_BASE_URL'],
])('a wrong value is one line naming it: %j %j', (commandLine, environment, name) => {
  expect(() => readStackOptions(commandLine, environment)).toThrow(new RegExp(`^${name} must [^\n]*$`))
})

test('only the known variables are handed on', () => {
  const { workerEnv, sfuEnv } = readStackOptions({}, { STRIPE_SECRET_KEY: 'sk_test_1', HOME: '/root' })
  expect(workerEnv).toEqual({ STRIPE_SECRET_KEY: 'sk_test_1' })
  expect(sfuEnv).toEqual({})
})
