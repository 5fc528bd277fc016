/** Meter events: what of a project's usage Stripe has, what it does not have, and whether both agree. */
import {
  listMeterEventsAnswerSchema,
  meterEventSchema,
  meterEventStateSchema,
  reconciliationSchema,
  resendMeterEventBodySchema,
} from '@radist-tech/protocol'
import type { Operation } from './operation.ts'
import { backendRefusals, bodyRefusals, pageParameters, pageRefusals } from './refusals.ts'
import { meterEventIdentifierParameter, projectIdParameter, samples } from './samples.ts'

const start = '2026-11-02T09:00:00.000Z'
const end = '2026-11-02T09:01:00.000Z'

const refused = {
  identifier: samples.meterEventIdentifier,
  start,
  end,
  seconds: 42,
  state: 'refused',
  timestamp: end,
  settledAt: end,
  reason: 'stripe',
  message: 'No active meter found for this event.',
} as const
const delivered = { ...refused, state: 'delivered', reason: null, message: null } as const
const pending = { ...refused, state: 'pending', settledAt: null, reason: null, message: null } as const
const noReconciliation = {
  at: null,
  from: null,
  to: null,
  state: 'none',
  ledgerSeconds: 0,
  stripeSeconds: 0,
  differences: [],
} as const
const times = { at: samples.createdAt, from: samples.createdAt, to: samples.createdAt }
const equal = { ...times, state: 'equal', ledgerSeconds: 42, stripeSeconds: 42, differences: [] } as const
const different = {
  ...times,
  state: 'different',
  ledgerSeconds: 42,
  stripeSeconds: 0,
  differences: [{ start, end, ledgerSeconds: 42, stripeSeconds: 0, windows: [samples.meterEventIdentifier] }],
} as const
const reconciliationFields =
  '`ledgerSeconds` and `stripeSeconds` are sums over all projects that the same account pays for, from ' +
  '`from` to `to`: whole hours of the last 35 days, without the last hour or two, and without hours for ' +
  'which something was sent within the last hour, since Stripe’s sums lag. Nothing is mended by itself.'

export const meterOperations: readonly Operation[] = [
  {
    id: 'listMeterEvents',
    method: 'get',
    path: '/api/v1/projects/{projectId}/billing/meter-events',
    tag: 'Billing',
    summary: 'List meter events',
    description:
      'What the project’s usage is told to Stripe by, the newest first. Those that are `refused` are not ' +
      'billed: `message` says what is to be mended before they are sent again.',
    caller: 'backend',
    parameters: [
      projectIdParameter,
      {
        in: 'query',
        name: 'state',
        description: 'Only meter events in this state.',
        schema: meterEventStateSchema,
      },
      ...pageParameters('meter events'),
    ],
    success: {
      status: 200,
      description: 'A page of meter events. `total` counts all of that state.',
      schema: listMeterEventsAnswerSchema,
      examples: {
        all: {
          summary: 'Whatever their state',
          answer: { meterEvents: [delivered], page: 1, limit: 20, total: 1 },
        },
        refused: {
          summary: 'Those that wait for somebody',
          request: { parameters: { state: 'refused' } },
          answer: { meterEvents: [refused], page: 1, limit: 20, total: 1 },
        },
      },
    },
    refusals: {
      invalid_state: {
        when: '`state` is none of the states, or comes twice.',
        request: { parameters: { state: 'lost' } },
      },
      ...pageRefusals,
      ...backendRefusals,
    },
  },
  {
    id: 'resendMeterEvent',
    method: 'post',
    path: '/api/v1/projects/{projectId}/billing/meter-events/{identifier}/resend',
    tag: 'Billing',
    summary: 'Send a refused meter event again',
    description:
      'To be asked for once the cause is mended. One whose outcome is unknown is sent only when Stripe still ' +
      'recognises its identifier, or its sums show that it is missing; `confirmNotDelivered` says that ' +
      'somebody has looked. One that is older than 35 days is billed with the time of now.',
    caller: 'backend',
    parameters: [projectIdParameter, meterEventIdentifierParameter],
    body: { schema: resendMeterEventBodySchema, required: false },
    success: {
      status: 200,
      description: 'It is on its way.',
      schema: meterEventSchema,
      examples: {
        default: { summary: 'After the cause is mended', answer: pending },
        confirmed: {
          summary: 'Somebody has looked: Stripe does not have it',
          request: { body: { confirmNotDelivered: true } },
          answer: pending,
        },
      },
    },
    refusals: {
      ...bodyRefusals,
      meter_event_not_found: { when: 'The project has no meter event of that identifier.' },
      meter_event_not_refused: { when: 'It is not refused: it is on its way, or delivered.' },
      ...backendRefusals,
    },
  },
  {
    id: 'getReconciliation',
    method: 'get',
    path: '/api/v1/projects/{projectId}/billing/reconciliation',
    tag: 'Billing',
    summary: 'Read the last reconciliation',
    description: `The ledger against what Stripe has summed up, as of the last comparison, which is made every day. ${reconciliationFields}`,
    caller: 'backend',
    parameters: [projectIdParameter],
    success: {
      status: 200,
      description: 'The last comparison.',
      schema: reconciliationSchema,
      examples: {
        none: { summary: 'There was none yet', answer: noReconciliation },
        different: { summary: 'Stripe lacks a window', answer: different },
      },
    },
    refusals: backendRefusals,
  },
  {
    id: 'reconcile',
    method: 'post',
    path: '/api/v1/projects/{projectId}/billing/reconciliation',
    tag: 'Billing',
    summary: 'Reconcile now',
    description: `Compares the ledger with what Stripe has summed up, and answers when that is done. ${reconciliationFields}`,
    caller: 'backend',
    parameters: [projectIdParameter],
    success: {
      status: 200,
      description: 'The comparison. It may be one of the last ten seconds.',
      schema: reconciliationSchema,
      examples: {
        equal: { summary: 'Both agree', answer: equal },
        different: { summary: 'Stripe lacks a window', answer: different },
      },
    },
    refusals: backendRefusals,
  },
]
