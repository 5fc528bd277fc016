import { RadistClient } from '@radist-tech/client'
import { useEffect, useState } from 'react'
import { queryClient } from '../api/query-client.ts'
import { projectQuery } from '../project/project.ts'
import { type Access, useAccess } from './access.ts'
import { takeCallToken } from './host-tokens.ts'
import { CallMeeting } from './meeting/call-meeting.ts'
import { EndedScreen } from './meeting/EndedScreen.tsx'
import { MeetingScreen } from './meeting/MeetingScreen.tsx'
import type { JoinChoices, Meeting, MeetingEnd } from './meeting/meeting.ts'
import { RoomMeeting } from './meeting/room-meeting.ts'
import { mintToken } from './member-api.ts'
import type { Place } from './place.ts'
import { type PlainWords, plainWords } from './plain-words.ts'
import { fetchPublicKey, mintRoomToken } from './playground-api.ts'
import { PreJoin } from './prejoin/PreJoin.tsx'
import { exposeConnection } from './window-radist.ts'

type Phase =
  | { kind: 'choosing'; problem: PlainWords | null }
  | { kind: 'joining' }
  | { kind: 'meeting'; meeting: Meeting }
  | { kind: 'ended'; end: MeetingEnd }

/** `?iceTransportPolicy=relay` on a link: only through TURN, to see whether that works. */
const rtcConfiguration = (): RTCConfiguration =>
  new URLSearchParams(window.location.search).get('iceTransportPolicy') === 'relay'
    ? { iceTransportPolicy: 'relay' }
    : {}

/** What a page needs to come in: its project's key, and a token for this one time. */
async function admission(place: Place, access: Access, name: string) {
  switch (access.kind) {
    case 'guest':
      return { publicKey: access.publicKey, token: access.token }
    case 'member': {
      const { publicKey } = await queryClient.fetchQuery(projectQuery(access.projectId))
      return { publicKey, token: await mintToken(access.projectId, place, name) }
    }
    case 'anyone': {
      const publicKey = await fetchPublicKey()
      const token = place.kind === 'room' ? await mintRoomToken(place.id, name) : takeCallToken(place.id)
      return { publicKey, token }
    }
    default:
      return access satisfies never
  }
}

async function join(place: Place, access: Access, choices: JoinChoices): Promise<Meeting> {
  const { publicKey, token } = await admission(place, access, choices.name)
  const client = new RadistClient({
    publicKey,
    apiBaseUrl: window.location.origin,
    rtcConfiguration: rtcConfiguration(),
  })
  // Development's calls are public: whoever has the link mints.
  const admitted = token ?? (await client.mintToken({ callId: place.id }))
  return place.kind === 'room'
    ? RoomMeeting.join(client, admitted, choices)
    : CallMeeting.join(client, admitted, choices)
}

/** One call or room, from the door to the end. */
export default function MeetingPage({ place }: { place: Place }) {
  const access = useAccess()
  const [phase, setPhase] = useState<Phase>({ kind: 'choosing', problem: null })
  const meeting = phase.kind === 'meeting' ? phase.meeting : null
  useEffect(() => {
    if (!meeting) return
    exposeConnection(meeting.connection)
    return () => {
      exposeConnection(null)
      meeting.leave()
    }
  }, [meeting])

  const enter = async (choices: JoinChoices) => {
    setPhase({ kind: 'joining' })
    try {
      setPhase({ kind: 'meeting', meeting: await join(place, access, choices) })
    } catch (error) {
      setPhase({ kind: 'choosing', problem: plainWords(error) })
    }
  }

  switch (phase.kind) {
    case 'choosing':
      return <PreJoin place={place} problem={phase.problem} joining={false} onJoin={enter} />
    case 'joining':
      return <PreJoin place={place} problem={null} joining onJoin={enter} />
    case 'meeting':
      return (
        <MeetingScreen
          place={place}
          meeting={phase.meeting}
          onEnd={(end) => setPhase({ kind: 'ended', end })}
        />
      )
    case 'ended':
      return (
        <EndedScreen
          kind={place.kind}
          end={phase.end}
          onRejoin={() => setPhase({ kind: 'choosing', problem: null })}
        />
      )
    default:
      return phase satisfies never
  }
}
