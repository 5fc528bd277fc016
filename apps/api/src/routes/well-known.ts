import { Hono } from 'hono'
import { publicKeySet } from '../control-plane-keys.ts'
import { configOf, type Env } from '../env.ts'

/**
 * Short enough that a new key is known to every host soon after it was added: it is published, as a
 * second one, before it signs (docs/configuration.md).
 */
const MAX_AGE_SECONDS = 300

export const wellKnown = new Hono<{ Bindings: Env }>()

wellKnown.get('/jwks.json', (c) =>
  c.json(publicKeySet(configOf(c.env)), 200, {
    'cache-control': `public, max-age=${MAX_AGE_SECONDS}`,
    'access-control-allow-origin': '*',
  }),
)
