/** `npm run stripe:setup`: makes in a Stripe account what Radist needs there, and says what (docs/billing.md). */
import { SetupFailure } from './setup/failure.ts'
import { connectToStripe, type Prepared, prepareBilling, prepareWebhooks } from './stripe/prepare.ts'
import { type PriceTerms, readPriceTerms } from './stripe/terms.ts'

const WEBHOOK_PATH = '/api/v1/stripe/webhooks'

export async function stripeSetup({ url }: { url?: string }): Promise<void> {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_API_BASE_URL: apiBaseUrl } = process.env
  if (!secretKey) throw new SetupFailure('STRIPE_SECRET_KEY must be set: the API key of your Stripe account.')
  const terms = readPriceTerms(process.env)
  const endpointUrl = url === undefined ? null : webhookUrl(url)
  const stripe = connectToStripe({ secretKey, apiBaseUrl })
  try {
    for (const one of await prepareBilling(stripe, terms)) console.log(line(one))
    console.log(`  lookup key        ${terms.lookupKey}\n${tierLines(terms)}`)
    if (endpointUrl === null) return
    const { endpoint, secret } = await prepareWebhooks(stripe, endpointUrl)
    console.log(line(endpoint))
    if (secret === null)
      console.log('  Its secret was shown when it was made; Stripe’s dashboard shows it too.')
    else
      console.log(`  Its secret, shown this once: ${secret}\n  npx wrangler secret put STRIPE_WEBHOOK_SECRET`)
  } catch (error) {
    throw new SetupFailure(`Stripe: ${error instanceof Error ? error.message : String(error)}`)
  }
}

const line = ({ what, id, made }: Prepared): string =>
  `${what.padEnd(18)}${id} (${made ? 'made' : 'was there'})`

const tierLines = ({ tiers, currency }: PriceTerms): string =>
  tiers
    .map(({ upTo, perSecond }) => {
      const seconds = upTo === 'inf' ? 'all others' : `up to ${upTo} s`
      return `  ${seconds.padEnd(24)}${perSecond} of ${currency}’s smallest unit a second`
    })
    .join('\n')

function webhookUrl(text: string): string {
  const base = URL.parse(text)
  if (base?.protocol !== 'https:' && base?.protocol !== 'http:')
    throw new SetupFailure(`--url must be the Worker's http or https address, not "${text}".`)
  return new URL(WEBHOOK_PATH, base).href
}
