import examplesByType from './stripe-examples.json' with { type: 'json' }

/** Stripe's own example objects, from its published API description: answers have these fields. */
export const STRIPE_EXAMPLES = {
  customer: {
    address: { city: null, country: null, line1: null, line2: null, postal_code: null, state: null },
    balance: 0,
    created: 1234567890,
    currency: 'usd',
    default_source: null,
    delinquent: false,
    description: null,
    discount: null,
    email: null,
    id: 'cus_QXg1o8vcGmoR32',
    invoice_prefix: '7FE1103',
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null,
      footer: null,
      rendering_options: { amount_tax_display: null, template: null },
    },
    livemode: false,
    metadata: {},
    name: null,
    next_invoice_sequence: 1,
    object: 'customer',
    phone: null,
    preferred_locales: [],
    shipping: {},
    tax_exempt: 'none',
    test_clock: null,
  },
  deletedCustomer: { deleted: true, id: 'cus_QXg1o8vcGmoR32', object: 'customer' },
  meter: {
    created: 1234567890,
    customer_mapping: { event_payload_key: 'customer', type: 'by_id' },
    default_aggregation: { formula: 'sum' },
    display_name: 'test-meter',
    event_name: 'test-meter-event-name',
    event_time_window: null,
    id: 'meter_123',
    livemode: true,
    object: 'billing.meter',
    status: 'active',
    status_transitions: { deactivated_at: null },
    updated: 1234567890,
    value_settings: { event_payload_key: 'value' },
  },
  meterEvent: {
    created: 1234567890,
    event_name: 'api_request',
    identifier: '1234-1234',
    livemode: false,
    object: 'billing.meter_event',
    payload: { stripe_customer_id: 'cus_123', value: '25' },
    timestamp: 1234567890,
  },
  meterEventSummary: {
    aggregated_value: 25,
    end_time: 1234567890,
    id: 'mtrusg_123',
    livemode: false,
    meter: 'mtr_test_61Q8nQMqIFK9fRQmr41CMAXJrFdZ5MnA',
    object: 'billing.meter_event_summary',
    start_time: 1234567890,
  },
}

/** The examples of the other resources, by their `object`. */
export const EXAMPLES_BY_TYPE: Readonly<Record<string, object>> = examplesByType

/**
 * Where an answer differs in form from Stripe's example: fields missing, too many, or of another type.
 * A null on either side says nothing about the type, and an empty object nothing about its fields.
 * What is in a list is compared to the first of the example's.
 */
export function differencesInForm(answer: object, example: object, path = ''): string[] {
  const differences: string[] = []
  const given = new Map<string, unknown>(Object.entries(answer))
  for (const [key, expected] of Object.entries(example)) {
    const name = path + key
    if (!given.has(key)) differences.push(`${name} is missing`)
    const value = given.get(key)
    given.delete(key)
    if (value === null || value === undefined || expected === null) continue
    if (Array.isArray(value) !== Array.isArray(expected) || typeof value !== typeof expected) {
      differences.push(`${name} is of another type`)
    } else if (Array.isArray(value)) {
      const [first] = expected
      if (typeof first !== 'object' || first === null) continue
      for (const item of value) differences.push(...differencesInForm(item, first, `${name}[].`))
    } else if (typeof value === 'object' && Object.keys(expected).length > 0) {
      differences.push(...differencesInForm(value, expected, `${name}.`))
    }
  }
  // The SDK adds `lastResponse`, which is not enumerable and so not seen here.
  return [...differences, ...[...given.keys()].map((key) => `${path}${key} is not in the example`)]
}
