/** The parts of the configuration that say who pays, and when; some are shared with `stripe:setup`. */
import { z } from 'zod'
import type { ConnectionKind } from './domain/connections.ts'

/** An empty variable is a mistake, not 0. */
const wholeNumber = (most: number) =>
  z.string().regex(/^\d+$/, 'is no whole number').transform(Number).pipe(z.int().max(most))

/** 0 to 10¹², which is more than 300,000 participants use all month. */
export const freeSecondsSchema = wholeNumber(1_000_000_000_000)

/** 1 to 100,000. */
export const connectionLimitSchema = wholeNumber(100_000).pipe(z.int().min(1))

export const graceDaysSchema = wholeNumber(90)

/** Stripe allows 200 characters. */
export const priceLookupKeySchema = z
  .string()
  .regex(/^[\w.-]{1,200}$/, 'has other than letters, digits, _ . -')

/** `rooms`, `rooms,calls` or `nothing`. */
export const refusedKindsSchema = z
  .enum(['rooms', 'rooms,calls', 'nothing'])
  .transform((text): readonly ConnectionKind[] => {
    switch (text) {
      case 'rooms':
        return ['room']
      case 'rooms,calls':
        return ['room', 'call']
      case 'nothing':
        return []
    }
  })

export const webhookSecretsSchema = z
  .string()
  .transform((text) => text.split(',').map((secret) => secret.trim()))
  .pipe(z.array(z.string().regex(/^whsec_\S{16,}$/, 'begins with whsec_')).min(1))
