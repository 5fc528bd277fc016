import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Alert } from '../../playground/Alert.tsx'
import { memberHash } from '../../playground/access.ts'
import { createPlace } from '../../playground/member-api.ts'
import type { Place } from '../../playground/place.ts'
import { plainWords } from '../../playground/plain-words.ts'
import { StartCards } from '../../playground/StartCards.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { Permitted } from '../Permitted.tsx'
import { useProject } from '../project.ts'

export default function ProjectPlaygroundPage() {
  return (
    <Permitted needs="media:control" title="Playground">
      <Playground />
    </Permitted>
  )
}

function Playground() {
  const { projectId, archivedAt } = useProject()
  const navigate = useNavigate()
  const start = useMutation({
    mutationFn: async (kind: Place['kind']) => ({ kind, id: await createPlace(projectId, kind) }),
    onSuccess: ({ kind, id }) => {
      const hash = memberHash(projectId)
      return kind === 'call'
        ? navigate({ to: '/playground/call/$callId', params: { callId: id }, hash })
        : navigate({ to: '/playground/room/$roomId', params: { roomId: id }, hash })
    },
  })
  return (
    <>
      <PageHeader
        title="Playground"
        text="Real calls and rooms of this project, in your browser. Rooms are billed like any other. Guests need no account: you send them a link."
      />
      {start.error && <Alert className="mb-6" words={plainWords(start.error)} />}
      {archivedAt !== null && (
        <p className="mb-6 rounded-xl bg-warning-soft px-4 py-3 text-sm">
          The project is archived: nothing can be created in it.
        </p>
      )}
      <StartCards
        starting={start.isPending ? start.variables : null}
        disabled={archivedAt !== null}
        onStart={(kind) => start.mutate(kind)}
      />
    </>
  )
}
