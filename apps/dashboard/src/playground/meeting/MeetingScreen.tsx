import { RotateCw, UserPlus } from 'lucide-react'
import { useEffect, useEffectEvent, useState, useSyncExternalStore } from 'react'
import { Button } from '../../ui/Button.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { Logo } from '../../ui/Logo.tsx'
import { PageTitle } from '../../ui/PageTitle.tsx'
import { useAccess } from '../access.ts'
import { Invite } from '../Invite.tsx'
import type { Place } from '../place.ts'
import { Chat } from './Chat.tsx'
import { ConnectionState } from './ConnectionState.tsx'
import { ControlBar } from './ControlBar.tsx'
import type { Meeting, MeetingEnd } from './meeting.ts'
import { Notice } from './Notice.tsx'
import { Stage } from './Stage.tsx'

/** Where there is room for the messages beside the people. */
const isWide = () => window.matchMedia('(min-width: 64rem)').matches

/** A meeting under way. */
export function MeetingScreen(props: { place: Place; meeting: Meeting; onEnd: (end: MeetingEnd) => void }) {
  const { place, meeting, onEnd } = props
  const access = useAccess()
  const [inviting, setInviting] = useState(false)
  const view = useSyncExternalStore(meeting.subscribe, meeting.getView)
  const [chatOpen, setChatOpen] = useState(isWide)
  const [readCount, setReadCount] = useState(0)
  const { end, self } = view
  const received = view.messages.filter((message) => !message.own).length
  const tellEnd = useEffectEvent(onEnd)
  useEffect(() => {
    if (end) tellEnd(end)
  }, [end])
  useEffect(() => {
    if (chatOpen) setReadCount(received)
  }, [chatOpen, received])

  const onKeyDown = useEffectEvent((event: KeyboardEvent) => {
    const typing = event.target instanceof HTMLElement && event.target.matches('input, textarea, select')
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return
    const key = event.key.toLowerCase()
    if (key === 'm' && self.microphone !== 'absent') meeting.setMicrophone(self.microphone === 'muted')
    if (key === 'v' && self.camera !== 'absent') meeting.setCamera(self.camera === 'muted')
  })
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onKeyDown(event)
    window.addEventListener('keydown', listener)
    return () => window.removeEventListener('keydown', listener)
  }, [])

  return (
    <div className="flex h-dvh flex-col overflow-hidden">
      <header className="flex items-center gap-3 px-3 py-2.5 sm:px-5 sm:py-3">
        <Logo compact to={access.kind === 'anyone' ? '/playground' : '/'} />
        <PageTitle className="sr-only">{meeting.kind === 'call' ? 'Call' : 'Room'}</PageTitle>
        <div className="ml-auto flex items-center gap-2">
          <ConnectionState status={view.status} />
          {view.status === 'disconnected' && (
            <button
              type="button"
              onClick={() => meeting.reconnect()}
              className="inline-flex min-h-10 items-center gap-2 rounded-lg bg-accent px-3 font-medium text-on-accent text-sm"
            >
              <RotateCw aria-hidden className="size-4" /> Reconnect
            </button>
          )}
          {view.others.length > 0 && meeting.kind === 'room' && access.kind === 'member' && (
            <Button look="secondary" onClick={() => setInviting(true)}>
              <UserPlus aria-hidden className="size-4" /> Invite
            </Button>
          )}
          {view.others.length > 0 && meeting.kind === 'room' && access.kind === 'anyone' && (
            <CopyButton
              text={window.location.origin + window.location.pathname}
              label="Copy link"
              className="border border-line bg-surface hover:bg-raised"
            />
          )}
        </div>
      </header>
      <main className="relative flex min-h-0 grow gap-3 px-3 sm:px-5">
        <div className="relative min-h-0 min-w-0 grow">
          <Stage view={view} place={place} />
          <Notice text={view.notice} />
        </div>
        {chatOpen && (
          <div className="absolute inset-x-3 inset-y-0 z-10 flex lg:static lg:w-88 lg:shrink-0">
            <Chat
              messages={view.messages}
              canSend={view.canSend}
              onSend={(text) => meeting.sendChat(text)}
              onClose={() => setChatOpen(false)}
            />
          </div>
        )}
      </main>
      <footer className="px-3 pt-3 pb-[max(0.75rem,env(safe-area-inset-bottom))] sm:pb-4">
        <ControlBar
          microphone={self.microphone}
          camera={self.camera}
          chatOpen={chatOpen}
          unread={Math.max(0, received - readCount)}
          onMicrophone={(on) => meeting.setMicrophone(on)}
          onCamera={(on) => meeting.setCamera(on)}
          onChat={() => setChatOpen((open) => !open)}
          onLeave={() => meeting.leave()}
        />
      </footer>
      <Dialog open={inviting} onClose={() => setInviting(false)} title="Invite somebody">
        <Invite place={place} />
      </Dialog>
    </div>
  )
}
