/**
 * An operation of the HTTP API as its reference describes it, in terms of the very schemas that the
 * routes parse with. The OpenAPI document is made from these; tests replay every example in them.
 */
import type { ApiErrorCode } from '@radist-tech/protocol'
import type { z } from 'zod'

export const tags = {
  Calls: 'Two peers, connected directly. The backend makes calls and hands a token to each peer.',
  Rooms: 'Any number of participants, through an SFU host.',
  Billing:
    'Who pays for the project, what Stripe was told of its usage, and what that means for creating calls and rooms.',
  Usage: 'What the project used, in participant seconds, and its own monthly limit.',
  Signaling: 'WebSockets of peers and participants: JSON text frames, specified in `docs/protocol.md`.',
  Service: 'What anybody may read.',
} as const

export interface Operation {
  /** Unique; also what code generators name the function. */
  id: string
  method: 'get' | 'post' | 'put' | 'delete'
  /** With `{name}` for each path parameter. */
  path: `/${string}`
  tag: keyof typeof tags
  summary: string
  description: string
  /** With which credential: the secret key, the public key, or none. */
  caller: 'backend' | 'browser' | 'anyone'
  /** Answered by SFU hosts at this address, not by the Worker. */
  server?: { url: string; description: string }
  parameters: readonly Parameter[]
  body?: { schema: z.ZodType; required: boolean }
  success: Success
  refusals: Refusals
}

export interface Parameter {
  in: 'path' | 'query' | 'header'
  name: string
  description: string
  schema: z.ZodType
  /** In every example that does not say otherwise. Without it the parameter is optional. */
  example?: string
}

export interface Success {
  status: 101 | 200
  description: string
  /** None when there is no JSON body. */
  schema?: z.ZodType
  /** The beginning of the answer to whoever prefers `text/csv`. */
  csv?: string
  examples: Record<string, Example>
}

/** What a request adds to the parameters that every example has. No body: none is sent. */
export interface ExampleRequest {
  parameters?: Record<string, string | number>
  body?: unknown
}

export interface Example {
  summary: string
  request?: ExampleRequest
  answer: unknown
}

/** Why the operation refuses, by code: status and text are those of `apiErrors`. */
export type Refusals = Partial<Record<ApiErrorCode, { when: string; request?: ExampleRequest }>>
