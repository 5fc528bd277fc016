/** A first call in ten lines, in the languages of the two sides. */
export interface Snippet {
  id: string
  name: string
  code: string
}

export const quickStart: readonly Snippet[] = [
  {
    id: 'curl',
    name: 'curl',
    code: `# Your backend creates a call.
curl -X POST -H "Authorization: Bearer $RADIST_KEY" \\
  "$RADIST_URL/api/v1/projects/$RADIST_PROJECT_ID/calls"

# {
#   "callId": "6f1c2f0e-3b57-4f6e-8a8e-0d5d8c1f2a3b",
#   "callTokens": ["ct_…", "ct_…"]
# }
# Each of the two tokens lets one person in, once.`,
  },
  {
    id: 'backend',
    name: 'Backend',
    code: `const response = await fetch(
  \`\${radistUrl}/api/v1/projects/\${projectId}/calls\`,
  { method: 'POST', headers: { Authorization: \`Bearer \${secretKey}\` } },
)
const { callId, callTokens } = await response.json()
const [hostCallToken, guestCallToken] = callTokens`,
  },
  {
    id: 'browser',
    name: 'Browser',
    code: `import { RadistClient } from '@radist-tech/client'

const client = new RadistClient({ publicKey: 'rad_pk_…' })
const call = await client.createConnection({
  callToken,
  channels: ['audio', 'video', 'data'],
})
call.on('localstream', (stream) => { ownVideo.srcObject = stream })
call.on('remotestream', (stream) => { theirVideo.srcObject = stream })
call.on('message', ({ data }) => show(data))`,
  },
]
