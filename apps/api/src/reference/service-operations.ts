/** What anybody may read: whether the service is there, its signing keys, and its reference. */
import { z } from 'zod'
import type { Operation } from './operation.ts'

const healthAnswerSchema = z.object({ ok: z.literal(true) })

/** RFC 7517 and 8037: Ed25519, public parts only. */
const keySetSchema = z.object({
  keys: z.array(
    z.object({
      kty: z.literal('OKP'),
      crv: z.literal('Ed25519'),
      kid: z.string(),
      x: z.string(),
      alg: z.literal('EdDSA'),
      use: z.literal('sig'),
    }),
  ),
})

export const serviceOperations: readonly Operation[] = [
  {
    id: 'getHealth',
    method: 'get',
    path: '/health',
    tag: 'Service',
    summary: 'Whether the service runs',
    description: 'For monitors and load balancers.',
    caller: 'anyone',
    parameters: [],
    success: {
      status: 200,
      description: 'It runs, and its configuration is right.',
      schema: healthAnswerSchema,
      examples: { ok: { summary: 'All is well', answer: { ok: true } } },
    },
    refusals: { internal: { when: 'The configuration is wrong; the log names the variable.' } },
  },
  {
    id: 'getKeySet',
    method: 'get',
    path: '/.well-known/jwks.json',
    tag: 'Service',
    summary: 'Keys that verify room tokens',
    description:
      'The public keys with which the control plane signs room tokens, room assignments and requests to hosts ' +
      '(JWK Set, RFC 7517). A new key appears here before it signs anything.',
    caller: 'anyone',
    parameters: [],
    success: {
      status: 200,
      description: 'The key set, which may be cached for 5 minutes.',
      schema: keySetSchema,
      examples: {
        one: {
          summary: 'One key',
          answer: {
            keys: [
              {
                kty: 'OKP',
                crv: 'Ed25519',
                kid: '2026-11',
                x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
                alg: 'EdDSA',
                use: 'sig',
              },
            ],
          },
        },
      },
    },
    refusals: { internal: { when: 'The configuration is wrong; the log names the variable.' } },
  },
  {
    id: 'getDocument',
    method: 'get',
    path: '/api/v1/openapi.json',
    tag: 'Service',
    summary: 'This document',
    description: 'The reference as OpenAPI 3.1, for code generators and other tools.',
    caller: 'anyone',
    parameters: [],
    success: {
      status: 200,
      description: 'The document.',
      schema: z.looseObject({ openapi: z.literal('3.1.1') }),
      examples: {},
    },
    refusals: {},
  },
]
