import { Plus, Trash2 } from 'lucide-react'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { TextField } from '../../ui/Field.tsx'
import type { IceServerFields } from './settings-form.ts'

const MOST = 10

/** STUN and TURN servers of the customer's own, each a row. */
export function IceServers(props: {
  servers: readonly IceServerFields[]
  problem: string | null
  onServers: (servers: readonly IceServerFields[]) => void
}) {
  const { servers, onServers } = props
  const edit = (key: number, part: Partial<IceServerFields>) =>
    onServers(servers.map((server) => (server.key === key ? { ...server, ...part } : server)))
  const add = () => {
    const key = Math.max(-1, ...servers.map((server) => server.key)) + 1
    onServers([...servers, { key, urls: '', username: '', credential: '' }])
  }
  return (
    <Card
      title="ICE servers"
      text="Your own STUN and TURN servers. Peers of calls are told of them besides the installation’s."
      actions={
        servers.length < MOST && (
          <Button look="secondary" size="sm" onClick={add}>
            <Plus aria-hidden className="size-4" /> Add a server
          </Button>
        )
      }
    >
      {servers.length === 0 && <p className="text-muted text-sm">None: the installation’s are used alone.</p>}
      <ul className="flex flex-col gap-4">
        {servers.map(({ key, urls, username, credential }, index) => (
          <li key={key} className="grid items-end gap-3 sm:grid-cols-[2fr_1fr_1fr_auto]">
            <TextField
              label={`Address ${index + 1}`}
              placeholder="turn:turn.example:3478"
              autoComplete="off"
              spellCheck={false}
              value={urls}
              onChange={(event) => edit(key, { urls: event.currentTarget.value })}
            />
            <TextField
              label="User name"
              autoComplete="off"
              value={username}
              onChange={(event) => edit(key, { username: event.currentTarget.value })}
            />
            <TextField
              label="Credential"
              autoComplete="off"
              value={credential}
              onChange={(event) => edit(key, { credential: event.currentTarget.value })}
            />
            <Button
              look="quiet"
              className="justify-self-start"
              aria-label={`Remove server ${index + 1}`}
              onClick={() => onServers(servers.filter((server) => server.key !== key))}
            >
              <Trash2 aria-hidden className="size-4" />
            </Button>
          </li>
        ))}
      </ul>
      {props.problem && (
        <p role="alert" className="mt-3 text-danger text-sm">
          {props.problem}
        </p>
      )}
    </Card>
  )
}
