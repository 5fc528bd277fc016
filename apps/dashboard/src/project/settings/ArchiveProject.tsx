import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { anyAnswer, change, outdated } from '../../api/dashboard.ts'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { date } from '../../ui/format.ts'
import { showToast } from '../../ui/toast.ts'
import { useProject } from '../project.ts'

/** Puts the project away, or brings it back. */
export function ArchiveProject() {
  const { projectId, organizationId, name, archivedAt } = useProject()
  const [asking, setAsking] = useState(false)
  const move = useMutation({
    mutationFn: (deed: 'archive' | 'restore') => change('POST', `/projects/${projectId}/${deed}`, anyAnswer),
    onSuccess: async (_, deed) => {
      setAsking(false)
      showToast(deed === 'archive' ? `${name} is archived.` : `${name} is open again.`)
      await Promise.all([
        outdated(`/projects/${projectId}`),
        outdated(`/organizations/${organizationId}/projects`),
      ])
    },
  })
  return (
    <Card
      title={archivedAt === null ? 'Archive this project' : 'Archived'}
      text={
        archivedAt === null
          ? 'Its keys stop creating calls and rooms at once. What is open goes on until it ends; usage and invoices are kept.'
          : `Since ${date(archivedAt)} nothing can be created in it. Restored, its keys work as before.`
      }
      actions={
        archivedAt === null ? (
          <Button look="secondary" onClick={() => setAsking(true)}>
            Archive project
          </Button>
        ) : (
          <Button look="secondary" busy={move.isPending} onClick={() => move.mutate('restore')}>
            Restore project
          </Button>
        )
      }
    >
      <ConfirmDialog
        open={asking}
        title={`Archive ${name}?`}
        text="Nothing can be created in it from this moment on. It can be restored."
        action="Archive project"
        busy={move.isPending}
        error={move.error}
        onConfirm={() => move.mutate('archive')}
        onClose={() => {
          setAsking(false)
          move.reset()
        }}
      />
    </Card>
  )
}
