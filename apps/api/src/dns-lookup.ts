/**
 * Names looked up over HTTPS, since a Worker has no other way to see what a name stands for. The answers
 * are in the JSON form of Cloudflare's and Google's resolvers
 * (developers.cloudflare.com/1.1.1.1/encryption/dns-over-https/make-api-requests/dns-json).
 */
import { z } from 'zod'
import { configOf, type Env } from './env.ts'

/** Record types (RFC 1035, RFC 3596). */
const A = 1
const AAAA = 28

const answerSchema = z.object({
  Answer: z.array(z.object({ type: z.int(), data: z.string() })).default([]),
})

/** All its addresses, none for a name that does not exist. Rejects when the resolver does not answer. */
export async function lookUp(env: Env, name: string, signal: AbortSignal): Promise<string[]> {
  const found = await Promise.all([A, AAAA].map((type) => ask(env, name, type, signal)))
  return found.flat()
}

async function ask(env: Env, name: string, type: number, signal: AbortSignal): Promise<string[]> {
  const url = new URL(configOf(env).RADIST_DNS_QUERY_URL)
  url.searchParams.set('name', name)
  url.searchParams.set('type', `${type}`)
  const response = await fetch(url, { headers: { accept: 'application/dns-json' }, signal })
  if (!response.ok) throw new Error(`The resolver answered ${response.status}`)
  const { Answer: records } = answerSchema.parse(await response.json())
  // Aliases (CNAME) come with what they stand for.
  return records.filter((record) => record.type === type).map(({ data }) => data)
}
