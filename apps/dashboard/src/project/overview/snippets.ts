/** A first call from one's own backend, with the project's own id and keys filled in. */

export interface SnippetFacts {
  /** Such as `https://radist.example`. */
  origin: string
  projectId: string
  /** Null while none is at hand: a place is left for it. */
  secretKey: string | null
}

export const languages = [
  { id: 'curl', name: 'curl' },
  { id: 'typescript', name: 'TypeScript' },
  { id: 'python', name: 'Python' },
] as const
export type Language = (typeof languages)[number]['id']

const PLACE = 'rad_sk_…'

/** Creates a call, and shows the tokens for its two people. Runs as it is. */
export function snippetOf(language: Language, { origin, projectId, secretKey }: SnippetFacts): string {
  const url = `${origin}/api/v1/projects/${projectId}/calls`
  const key = secretKey ?? PLACE
  switch (language) {
    case 'curl':
      return `curl -X POST "${url}" \\
  -H "Authorization: Bearer ${key}"`
    case 'typescript':
      return `const response = await fetch('${url}', {
  method: 'POST',
  headers: { Authorization: 'Bearer ${key}' },
})
if (!response.ok) throw new Error(await response.text())
const { callId, callTokens } = await response.json()
console.log(callId, callTokens)`
    case 'python':
      return `import json
import urllib.request

request = urllib.request.Request(
    "${url}",
    method="POST",
    headers={"Authorization": "Bearer ${key}"},
)
with urllib.request.urlopen(request) as response:
    call = json.load(response)
print(call["callId"], call["callTokens"])`
    default:
      return language satisfies never
  }
}

/** What the page of each of the two does with its token. */
export const browserSnippet = (origin: string, publicKey: string): string =>
  `import { RadistClient } from '@radist-tech/client'

const client = new RadistClient({
  publicKey: '${publicKey}',
  apiBaseUrl: '${origin}',
})
// callToken: one of callTokens, handed out by your backend.
const call = await client.createConnection({
  callToken,
  channels: ['audio', 'video'],
})
call.on('localstream', (stream) => { ownVideo.srcObject = stream })
call.on('remotestream', (stream) => { theirVideo.srcObject = stream })`
