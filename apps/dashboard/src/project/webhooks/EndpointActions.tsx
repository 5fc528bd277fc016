import type { WebhookEndpoint } from '@radist-tech/protocol/dashboard'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Ellipsis, Send } from 'lucide-react'
import { useState } from 'react'
import { anyAnswer, change, outdated } from '../../api/dashboard.ts'
import { wordsOf } from '../../api/words.ts'
import { Button } from '../../ui/Button.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { Menu } from '../../ui/Menu.tsx'
import { showToast } from '../../ui/toast.ts'
import { type EndpointFields, EndpointForm } from './EndpointForm.tsx'

/** What can be done with an endpoint. */
export function EndpointActions({ projectId, endpoint }: { projectId: string; endpoint: WebhookEndpoint }) {
  const list = `/projects/${projectId}/webhooks`
  const path = `${list}/${endpoint.endpointId}`
  const navigate = useNavigate()
  const [asking, setAsking] = useState<'edit' | 'delete' | null>(null)
  const update = useMutation({
    mutationFn: (part: Partial<EndpointFields & { enabled: boolean }>) =>
      change('PATCH', path, anyAnswer, part),
    onSuccess: async (_, { enabled }) => {
      setAsking(null)
      showToast(enabled === undefined ? 'Saved.' : `The endpoint is ${enabled ? 'enabled' : 'disabled'}.`)
      await outdated(list)
    },
    onError: (error) => asking === null && showToast(wordsOf(error), 'failed'),
  })
  const remove = useMutation({
    mutationFn: () => change('DELETE', path, anyAnswer),
    onSuccess: async () => {
      showToast('The endpoint is deleted.')
      await navigate({ to: '/projects/$projectId/webhooks', params: { projectId } })
      await outdated(list)
    },
  })
  const test = useMutation({
    mutationFn: () => change('POST', `${path}/test`, anyAnswer),
    onSuccess: async () => {
      showToast('A test event is sent.')
      await outdated(path)
    },
    onError: (error) => showToast(wordsOf(error), 'failed'),
  })
  const close = () => {
    setAsking(null)
    update.reset()
    remove.reset()
  }
  return (
    <>
      <Button
        look="secondary"
        busy={test.isPending}
        disabled={!endpoint.enabled}
        onClick={() => test.mutate()}
      >
        <Send aria-hidden className="size-4" /> Send test event
      </Button>
      <Menu
        label="More actions"
        align="end"
        className="grid size-10 place-items-center rounded-lg border border-line bg-surface hover:bg-raised"
        items={[
          { kind: 'action', text: 'Edit', onSelect: () => setAsking('edit') },
          {
            kind: 'action',
            text: endpoint.enabled ? 'Disable' : 'Enable',
            onSelect: () => update.mutate({ enabled: !endpoint.enabled }),
          },
          { kind: 'line' },
          { kind: 'action', text: 'Delete', danger: true, onSelect: () => setAsking('delete') },
        ]}
      >
        <Ellipsis aria-hidden className="size-4" />
      </Menu>
      <Dialog open={asking === 'edit'} onClose={close} title="Edit endpoint">
        <EndpointForm
          endpoint={endpoint}
          action="Save"
          busy={update.isPending}
          error={update.error}
          onSave={(fields) => update.mutate(fields)}
          onCancel={close}
        />
      </Dialog>
      <ConfirmDialog
        open={asking === 'delete'}
        title="Delete this endpoint?"
        text="Nothing is sent to it any more, and what was sent to it can no longer be seen here."
        action="Delete endpoint"
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate()}
        onClose={close}
      />
    </>
  )
}
