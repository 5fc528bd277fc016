import { useNavigate, useSearch } from '@tanstack/react-router'
import { LinkButton } from '../../ui/Button.tsx'
import { TextLink } from '../../ui/TextLink.tsx'
import { MediaList } from '../media/MediaList.tsx'
import { Permitted } from '../Permitted.tsx'
import { useProject } from '../project.ts'

export default function CallsPage() {
  return (
    <Permitted needs="media:read" title="Calls">
      <Calls />
    </Permitted>
  )
}

function Calls() {
  const { projectId } = useProject()
  const search = useSearch({ from: '/signed-in/projects/$projectId/calls' })
  const navigate = useNavigate({ from: '/projects/$projectId/calls' })
  return (
    <MediaList
      kind="call"
      projectId={projectId}
      text="Between two peers each, the newest first. Media goes directly between them and is not billed."
      search={search}
      onSearch={(next) => void navigate({ search: next })}
      link={(callId, content) => (
        <TextLink to="/projects/$projectId/calls/$callId" params={{ projectId, callId }}>
          {content}
        </TextLink>
      )}
      start={
        <LinkButton look="secondary" to="/projects/$projectId/playground" params={{ projectId }}>
          Open the playground
        </LinkButton>
      }
    />
  )
}
