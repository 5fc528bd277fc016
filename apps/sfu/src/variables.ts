/** The forms that the host's variables have. The messages are for the operator, and never hold the value. */
import { z } from 'zod'

export const origin = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .refine((text) => new URL(text).href === `${new URL(text).origin}/`, 'must be an origin: no path, no query')
  .transform((text) => new URL(text).origin)

export const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`)

export const onOrOff = z
  .enum(['on', 'off'], { error: 'must be on or off' })
  .transform((value) => value === 'on')

export const address = z.union([z.ipv4(), z.ipv6()], { error: 'must be an IP address' })
export const hostOrAddress = z
  .string()
  .regex(/^[A-Za-z0-9.:-]{1,253}$/, 'must be an IP address or a host name')

export const share = z
  .string()
  .regex(/^(0?\.\d{1,3}|1|1\.0)$/, 'must be a share from 0.05 to 1')
  .transform(Number)
  .refine((value) => value >= 0.05, 'must be a share from 0.05 to 1')
