/** Who pays: what the account may do, Stripe's pages for it, and where Stripe tells what has changed. */
import {
  billingAnswerSchema,
  checkoutBodySchema,
  portalBodySchema,
  stripePageAnswerSchema,
  webhookAnswerSchema,
} from '@radist-tech/protocol'
import { z } from 'zod'
import type { Operation } from './operation.ts'
import { backendRefusals, bodyRefusals } from './refusals.ts'
import { projectIdParameter, samples } from './samples.ts'

const month = {
  start: '2026-11-01T00:00:00.000Z',
  end: '2026-12-01T00:00:00.000Z',
  usedSeconds: 0,
  allowanceSeconds: 600_000,
  remainingSeconds: 600_000,
}
const account = { accountId: samples.accountId, name: 'Test' }
const none = { status: null, pastDueSince: null, graceEndsAt: null }
const unavailable = { when: 'Stripe did not answer, or refused. Nothing is half done; try again.' }
const addresses = {
  when: 'An address is missing, not absolute, has another scheme than https, or there is an unknown field.',
}
const checkoutBody = {
  successUrl: 'https://customer.example/billing?done',
  cancelUrl: 'https://customer.example/billing',
}

export const billingOperations: readonly Operation[] = [
  {
    id: 'getBilling',
    method: 'get',
    path: '/api/v1/projects/{projectId}/billing',
    tag: 'Billing',
    summary: 'What the account may do',
    description:
      'Whether calls and rooms may be created, and if not, why; the subscription’s state as Stripe has it; and ' +
      'what all projects of the account have used in this calendar month (UTC), in participant seconds. This ' +
      'project’s seconds are exact, those of the others up to a few minutes old.',
    caller: 'backend',
    parameters: [projectIdParameter],
    success: {
      status: 200,
      description: 'The state now.',
      schema: billingAnswerSchema,
      examples: {
        free: {
          summary: 'No card yet, within the free allowance',
          answer: {
            account: null,
            subscription: none,
            mayCreate: { calls: true, rooms: true },
            refusal: null,
            month,
          },
        },
        active: {
          summary: 'A subscription that is paid',
          answer: {
            account,
            subscription: { ...none, status: 'active' },
            mayCreate: { calls: true, rooms: true },
            refusal: null,
            month,
          },
        },
        overdue: {
          summary: 'A payment is overdue and the grace is over, where calls are refused as well as rooms',
          answer: {
            account,
            subscription: {
              status: 'past_due',
              pastDueSince: '2026-11-02T09:00:00.000Z',
              graceEndsAt: '2026-11-09T09:00:00.000Z',
            },
            mayCreate: { calls: false, rooms: false },
            refusal: { error: 'A payment is overdue. Pay it to create more.', code: 'payment_overdue' },
            month,
          },
        },
      },
    },
    refusals: backendRefusals,
  },
  {
    id: 'createCheckout',
    method: 'post',
    path: '/api/v1/projects/{projectId}/billing/checkout',
    tag: 'Billing',
    summary: 'Begin to pay',
    description:
      'A page of Stripe’s that takes a card and begins the subscription. Send the browser there; Stripe sends it ' +
      'back to `successUrl` or `cancelUrl`. Asking again is safe: the page that is open is handed out again, and ' +
      'one that led back elsewhere is closed. A project without a billing account gets one.',
    caller: 'backend',
    parameters: [projectIdParameter],
    body: { schema: checkoutBodySchema, required: true },
    success: {
      status: 200,
      description: 'The page, open for 24 hours.',
      schema: stripePageAnswerSchema,
      examples: {
        default: {
          summary: 'The page',
          request: { body: checkoutBody },
          answer: { url: samples.checkoutUrl },
        },
      },
    },
    refusals: {
      invalid_body: { ...addresses, request: { body: { ...checkoutBody, cancelUrl: '/billing' } } },
      body_too_large: bodyRefusals.body_too_large,
      already_subscribed: { when: 'The account has a subscription. The portal changes it.' },
      payments_unavailable: unavailable,
      ...backendRefusals,
    },
  },
  {
    id: 'createPortal',
    method: 'post',
    path: '/api/v1/projects/{projectId}/billing/portal',
    tag: 'Billing',
    summary: 'Cards and invoices',
    description:
      'Stripe’s customer portal: change the card, pay what is open, read invoices, end the subscription. A link ' +
      'is for one visit.',
    caller: 'backend',
    parameters: [projectIdParameter],
    body: { schema: portalBodySchema, required: true },
    success: {
      status: 200,
      description: 'The page.',
      schema: stripePageAnswerSchema,
      examples: {
        default: {
          summary: 'The page',
          request: { body: { returnUrl: 'https://customer.example/billing' } },
          answer: { url: samples.portalUrl },
        },
      },
    },
    refusals: {
      invalid_body: { ...addresses, request: { body: { returnUrl: 'javascript:alert(1)' } } },
      body_too_large: bodyRefusals.body_too_large,
      payments_unavailable: unavailable,
      ...backendRefusals,
    },
  },
  {
    id: 'takeStripeWebhook',
    method: 'post',
    path: '/api/v1/stripe/webhooks',
    tag: 'Billing',
    summary: 'Stripe’s webhooks',
    description:
      'For Stripe alone. An event says that something of a customer has changed; what it is now is asked of ' +
      'Stripe. So events may come in any order, late, and more than once. Types that are not followed are taken ' +
      'and do nothing.',
    caller: 'anyone',
    parameters: [
      {
        in: 'header',
        name: 'Stripe-Signature',
        description:
          'HMAC-SHA-256 of time and body, at most 300 s old (docs.stripe.com/webhooks/signatures).',
        schema: z.string(),
      },
    ],
    body: { schema: z.looseObject({ id: z.string(), type: z.string() }), required: true },
    success: {
      status: 200,
      description: 'It was acted upon, now or before.',
      schema: webhookAnswerSchema,
      examples: {
        default: {
          summary: 'A subscription has changed',
          request: {
            body: {
              id: 'evt_1Pgc76B7WZ01zgkWwyRHS12y',
              type: 'customer.subscription.updated',
              data: { object: { customer: 'cus_QXg1o8vcGmoR32' } },
            },
          },
          answer: { received: true },
        },
      },
    },
    refusals: {
      invalid_stripe_signature: { when: 'None of our secrets signed this body within the last 300 s.' },
      body_too_large: { when: 'The body has more than 256 KiB.' },
      internal: { when: 'Something failed on our side. Stripe sends the event again.' },
    },
  },
]
