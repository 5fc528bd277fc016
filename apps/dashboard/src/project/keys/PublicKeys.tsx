import { useMutation } from '@tanstack/react-query'
import { RefreshCw } from 'lucide-react'
import { useState } from 'react'
import { anyAnswer, change, outdated } from '../../api/dashboard.ts'
import { Badge } from '../../ui/Badge.tsx'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { Cell, Table, TableHead, TableRow } from '../../ui/Table.tsx'
import { Time } from '../../ui/Time.tsx'
import { showToast } from '../../ui/toast.ts'
import { useMay } from '../project.ts'
import { inUseFirst, type PublicKeySummary, publicKeyState } from './key-state.ts'
import { RollKeyDialog } from './RollKeyDialog.tsx'

/** The key of pages and apps, and those that it took the place of. */
export function PublicKeys({ projectId, keys }: { projectId: string; keys: readonly PublicKeySummary[] }) {
  const mayManage = useMay('keys:manage')
  const [rolling, setRolling] = useState(false)
  const [revoking, setRevoking] = useState<PublicKeySummary | null>(null)
  const revoke = useMutation({
    mutationFn: ({ publicKey }: PublicKeySummary) =>
      change('DELETE', `/projects/${projectId}/public-keys/${publicKey}`, anyAnswer),
    onSuccess: async () => {
      setRevoking(null)
      showToast('The public key is revoked.')
      await outdated(`/projects/${projectId}`)
    },
  })
  const now = Date.now()
  return (
    <Card
      title="Public key"
      text="May be seen by anyone. It names the project, and lets people join calls and rooms that they have a token for."
      actions={
        mayManage && (
          <Button look="secondary" onClick={() => setRolling(true)}>
            <RefreshCw aria-hidden className="size-4" /> Roll key
          </Button>
        )
      }
      flush
    >
      <Table label="Public keys">
        <TableHead columns={['Key', 'State', 'Created', { hidden: 'Actions' }]} />
        <tbody>
          {inUseFirst(keys).map((key) => {
            const state = publicKeyState(key, now)
            const isGood = state === 'good' || state === 'ending'
            return (
              <TableRow key={key.publicKey}>
                <Cell>
                  <div className="flex min-w-56 items-center gap-1">
                    <span className="break-all font-mono text-xs" data-testid="public-key">
                      {key.publicKey}
                    </span>
                    {isGood && (
                      <CopyButton
                        text={key.publicKey}
                        label="Copy"
                        className="text-muted hover:bg-raised hover:text-ink"
                      />
                    )}
                  </div>
                </Cell>
                <Cell className="whitespace-nowrap">
                  <State state={state} expiresAt={key.expiresAt} />
                </Cell>
                <Cell className="text-muted">
                  <Time at={key.createdAt} />
                </Cell>
                <Cell className="w-0 text-right">
                  {mayManage && state === 'ending' && (
                    <Button
                      look="secondary"
                      size="sm"
                      aria-label={`Revoke ${key.publicKey}`}
                      onClick={() => setRevoking(key)}
                    >
                      Revoke
                    </Button>
                  )}
                </Cell>
              </TableRow>
            )
          })}
        </tbody>
      </Table>
      <RollKeyDialog projectId={projectId} open={rolling} onClose={() => setRolling(false)} />
      <ConfirmDialog
        open={revoking !== null}
        title="Revoke this public key?"
        text={
          <>
            Pages that still use <span className="break-all font-mono">{revoking?.publicKey}</span> can join
            nothing any more, from this moment on.
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

function State({ state, expiresAt }: { state: ReturnType<typeof publicKeyState>; expiresAt: string | null }) {
  switch (state) {
    case 'good':
      return <Badge look="good">In use</Badge>
    case 'ending':
      return (
        <span className="flex items-center gap-2">
          <Badge look="warning">Old</Badge>
          <span className="text-muted text-xs">good until {expiresAt && <Time at={expiresAt} />}</span>
        </span>
      )
    case 'expired':
      return <Badge>Expired</Badge>
    case 'revoked':
      return <Badge>Revoked</Badge>
    default:
      return state satisfies never
  }
}
