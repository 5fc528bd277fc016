import { useLocation, useParams } from '@tanstack/react-router'
import { NotFoundPage } from '../NotFoundPage.tsx'
import { AccessContext, accessOf } from './access.ts'
import MeetingPage from './MeetingPage.tsx'
import { placeOf } from './place.ts'

export function LinkedCallPage() {
  const { callId } = useParams({ from: '/playground/call/$callId' })
  return <LinkedPlace kind="call" id={callId} />
}

export function LinkedRoomPage() {
  const { roomId } = useParams({ from: '/playground/room/$roomId' })
  return <LinkedPlace kind="room" id={roomId} />
}

function LinkedPlace({ kind, id }: { kind: 'call' | 'room'; id: string }) {
  const place = placeOf(kind, id)
  const hash = useLocation({ select: (location) => location.hash })
  if (!place) return <NotFoundPage />
  return (
    <AccessContext value={accessOf(hash)}>
      <MeetingPage key={place.id} place={place} />
    </AccessContext>
  )
}
