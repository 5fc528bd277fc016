import { useParams } from '@tanstack/react-router'
import { NotFoundPage } from '../NotFoundPage.tsx'
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
  if (!place) return <NotFoundPage />
  return <MeetingPage key={place.id} place={place} />
}
