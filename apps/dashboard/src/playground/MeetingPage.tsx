import { RadistClient } from '@radist-tech/client'
import { useEffect, useState } from 'react'
import { takeCallToken } from './host-tokens.ts'
import { CallMeeting } from './meeting/call-meeting.ts'
import { EndedScreen } from './meeting/EndedScreen.tsx'
import { MeetingScreen } from './meeting/MeetingScreen.tsx'
import type { JoinChoices, Meeting, MeetingEnd } from './meeting/meeting.ts'
import { RoomMeeting } from './meeting/room-meeting.ts'
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

async function join(place: Place, choices: JoinChoices): Promise<Meeting> {
  const client = new RadistClient({
    publicKey: await fetchPublicKey(),
    apiBaseUrl: window.location.origin,
    rtcConfiguration: rtcConfiguration(),
  })
  if (place.kind === 'room') {
    return RoomMeeting.join(client, await mintRoomToken(place.id, choices.name), choices)
  }
  const callToken = takeCallToken(place.id) ?? (await client.mintToken({ callId: place.id }))
  return CallMeeting.join(client, callToken, choices)
}

/** One call or room, from the door to the end. */
export default function MeetingPage({ place }: { place: Place }) {
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
      setPhase({ kind: 'meeting', meeting: await join(place, choices) })
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
      return <MeetingScreen meeting={phase.meeting} onEnd={(end) => setPhase({ kind: 'ended', end })} />
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
