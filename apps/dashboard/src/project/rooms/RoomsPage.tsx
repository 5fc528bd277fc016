import { useNavigate, useSearch } from '@tanstack/react-router'
import { LinkButton } from '../../ui/Button.tsx'
import { TextLink } from '../../ui/TextLink.tsx'
import { MediaList } from '../media/MediaList.tsx'
import { Permitted } from '../Permitted.tsx'
import { useProject } from '../project.ts'

export default function RoomsPage() {
  return (
    <Permitted needs="media:read" title="Rooms">
      <Rooms />
    </Permitted>
  )
}

function Rooms() {
  const { projectId } = useProject()
  const search = useSearch({ from: '/signed-in/projects/$projectId/rooms' })
  const navigate = useNavigate({ from: '/projects/$projectId/rooms' })
  return (
    <MediaList
      kind="room"
      projectId={projectId}
      text="Through an SFU host, the newest first. Every second of each participant is billed."
      search={search}
      onSearch={(next) => void navigate({ search: next })}
      link={(roomId, content) => (
        <TextLink to="/projects/$projectId/rooms/$roomId" params={{ projectId, roomId }}>
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
