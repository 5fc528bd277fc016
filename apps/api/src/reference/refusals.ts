/** Refusals, and the parameters they are about, that operations of a kind have in common. */
import { idempotencyKeySchema, limitSchema, pageSchema } from '@radist-tech/protocol'
import type { Parameter, Refusals } from './operation.ts'

const anyone = {
  internal: { when: 'Something failed on our side. Nothing is half done; try again.' },
} satisfies Refusals

const missingBearer = { when: 'There is no `Authorization: Bearer` header.' }
const tooManyFailures = {
  when: 'Too many refused requests came from this address. `Retry-After` says how long to wait.',
}

/** Of every operation with the secret key. */
export const backendRefusals = {
  missing_bearer_token: missingBearer,
  invalid_secret_key: {
    when: 'The project does not exist, or the key is not one of its secret keys, or is revoked.',
  },
  secret_key_in_browser: {
    when: 'The request has an `Origin` header, so it comes from a browser, where the key is no secret.',
  },
  too_many_requests: tooManyFailures,
  ...anyone,
} satisfies Refusals

/** Of every operation with the public key. */
export const browserRefusals = {
  missing_bearer_token: missingBearer,
  invalid_public_key: { when: 'The key is no public key of the project.' },
  secret_key_in_browser: { when: 'A browser sent a secret key, where the public key is to be sent.' },
  origin_not_allowed: { when: 'The project lists the origins that may use its public key; this is another.' },
  too_many_requests: tooManyFailures,
  ...anyone,
} satisfies Refusals

/** Of every operation that reads a body. */
export const bodyRefusals = {
  invalid_body: {
    when: 'The body is not JSON, has an unknown field, or a value out of its range.',
    request: { body: { tokenTtlSeconds: 1 } },
  },
  body_too_large: { when: 'The body has more than 16 KiB.' },
} satisfies Refusals

export const idempotencyKeyParameter: Parameter = {
  in: 'header',
  name: 'Idempotency-Key',
  description:
    'Makes it safe to send the request again when its answer got lost: within 24 hours the same key ' +
    'and body get the same answer, and nothing is made twice.',
  schema: idempotencyKeySchema,
}

/** Of every operation that takes an `Idempotency-Key`. */
export const idempotencyRefusals = {
  invalid_idempotency_key: {
    when: 'The header is empty, longer than 255 characters, or has others than printable ASCII.',
    request: { parameters: { 'Idempotency-Key': 'order 4711' } },
  },
  idempotency_key_reused: {
    when: 'The key came with another request within the last 24 hours.',
    request: { parameters: { 'Idempotency-Key': 'order-4711' } },
  },
} satisfies Refusals

/** Of every operation that makes something: a call, a room, a token. */
export const makingRefusals = {
  project_archived: { when: 'The project is archived: nothing is made in it until it is restored.' },
} satisfies Refusals

/** Of every operation that opens a call or a room. */
export const openingRefusals = {
  ...makingRefusals,
  payment_required: {
    when:
      'The account has no subscription and has used its free allowance of this month. `POST …/billing/checkout` ' +
      'begins one.',
  },
  payment_overdue: {
    when: 'A payment is overdue for longer than the grace. `POST …/billing/portal` leads to where it is paid.',
  },
  connection_limit_reached: {
    when: 'As many calls and rooms are open as the project may have: 100 unless agreed otherwise.',
  },
} satisfies Refusals

/** Too slow to be told from one that died; its place is free again. */
export const givenUp = { when: 'Making it took longer than 30 s, so it was given up. Try again.' }

/** Of every operation that lists something. @param what in the plural */
export const pageParameters = (what: string): Parameter[] => [
  { in: 'query', name: 'page', description: 'Which page; the first is 1.', schema: pageSchema },
  { in: 'query', name: 'limit', description: `How many ${what} a page has.`, schema: limitSchema },
]
export const pageRefusals = {
  invalid_page: {
    when: '`page` is no integer from 1 on, or comes twice.',
    request: { parameters: { page: 0 } },
  },
  invalid_limit: {
    when: '`limit` is no integer from 1 to 100, or comes twice.',
    request: { parameters: { limit: 101 } },
  },
} satisfies Refusals

/** @param what there can be too many of */
export const tooManyTokens = (what: string) => ({
  when: `${what} wait already, or too many refused requests came from this address. In the second case \`Retry-After\` says how long to wait.`,
})
