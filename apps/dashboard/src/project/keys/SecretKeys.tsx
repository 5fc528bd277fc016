import { useMutation } from '@tanstack/react-query'
import { KeyRound, Plus } from 'lucide-react'
import { useState } from 'react'
import { anyAnswer, change, outdated } from '../../api/dashboard.ts'
import { Badge } from '../../ui/Badge.tsx'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Cell, Table, TableHead, TableRow } from '../../ui/Table.tsx'
import { Time } from '../../ui/Time.tsx'
import { showToast } from '../../ui/toast.ts'
import { useMay } from '../project.ts'
import { inUseFirst, type SecretKeySummary } from './key-state.ts'
import { NewKeyDialog } from './NewKeyDialog.tsx'

/** Keys of the project's backend: made, looked after and revoked. */
export function SecretKeys({ projectId, keys }: { projectId: string; keys: readonly SecretKeySummary[] }) {
  const mayManage = useMay('keys:manage')
  const [making, setMaking] = useState(false)
  const [revoking, setRevoking] = useState<SecretKeySummary | null>(null)
  const revoke = useMutation({
    mutationFn: ({ keyId }: SecretKeySummary) =>
      change('DELETE', `/projects/${projectId}/keys/${keyId}`, anyAnswer),
    onSuccess: async (_, { name }) => {
      setRevoking(null)
      showToast(`${name} is revoked.`)
      await outdated(`/projects/${projectId}/keys`)
    },
  })
  const newKey = mayManage && (
    <Button onClick={() => setMaking(true)}>
      <Plus aria-hidden className="size-4" /> New secret key
    </Button>
  )
  return (
    <Card
      title="Secret keys"
      text="For your backend only. Each is shown once; of what it was, only its last four characters are kept."
      actions={keys.length > 0 && newKey}
      flush
    >
      {keys.length === 0 ? (
        <EmptyState
          icon={KeyRound}
          title="No secret keys yet"
          text={
            mayManage
              ? 'Make one, and your backend can create calls and rooms.'
              : 'A developer or an owner can make one.'
          }
        >
          {newKey}
        </EmptyState>
      ) : (
        <Table label="Secret keys">
          <TableHead columns={['Name', 'Key', 'State', 'Created', 'Last used', { hidden: 'Actions' }]} />
          <tbody>
            {inUseFirst(keys).map((key) => (
              <TableRow key={key.keyId}>
                <Cell className="font-medium">{key.name}</Cell>
                <Cell className="whitespace-nowrap font-mono text-muted text-xs">rad_sk_…{key.lastFour}</Cell>
                <Cell>
                  {key.revokedAt === null ? <Badge look="good">In use</Badge> : <Badge>Revoked</Badge>}
                </Cell>
                <Cell className="text-muted">
                  <Time at={key.createdAt} />
                </Cell>
                <Cell className="whitespace-nowrap text-muted">
                  {key.lastUsedAt === null ? 'Never' : <Time at={key.lastUsedAt} ago />}
                </Cell>
                <Cell className="w-0 text-right">
                  {mayManage && key.revokedAt === null && (
                    <Button
                      look="secondary"
                      size="sm"
                      aria-label={`Revoke ${key.name}`}
                      onClick={() => setRevoking(key)}
                    >
                      Revoke
                    </Button>
                  )}
                </Cell>
              </TableRow>
            ))}
          </tbody>
        </Table>
      )}
      <NewKeyDialog projectId={projectId} open={making} onClose={() => setMaking(false)} />
      <ConfirmDialog
        open={revoking !== null}
        title={`Revoke ${revoking?.name ?? ''}?`}
        text={
          <>
            The key <span className="font-mono">rad_sk_…{revoking?.lastFour}</span> stops working at once:
            what your backend asks for with it is refused. Calls and rooms that are open go on. This cannot be
            taken back.
          </>
        }
        action="Revoke key"
        busy={revoke.isPending}
        error={revoke.error}
        onConfirm={() => revoking && revoke.mutate(revoking)}
        onClose={() => {
          setRevoking(null)
          revoke.reset()
        }}
      />
    </Card>
  )
}
