/** Loaded before a host's own code (`--import`): whoever else imports mediasoup gets stand-in-mediasoup.ts. */
import { registerHooks } from 'node:module'

const standIn = new URL('stand-in-mediasoup.ts', import.meta.url).href

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'mediasoup' && context.parentURL !== standIn
      ? { url: standIn, shortCircuit: true }
      : next(specifier, context),
})
