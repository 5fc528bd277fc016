import { LoaderCircle } from 'lucide-react'
import { type FormEvent, useId, useState } from 'react'
import { Button } from '../../ui/Button.tsx'
import { Logo } from '../../ui/Logo.tsx'
import { PageTitle } from '../../ui/PageTitle.tsx'
import { Alert } from '../Alert.tsx'
import { type Access, useAccess } from '../access.ts'
import { Invite } from '../Invite.tsx'
import type { JoinChoices } from '../meeting/meeting.ts'
import type { Place } from '../place.ts'
import type { PlainWords } from '../plain-words.ts'
import { PreviewCard } from './PreviewCard.tsx'
import { isQuality, qualities, qualityOfAddress } from './quality.ts'
import { rememberedName, rememberName } from './remembered-name.ts'
import { usePreview } from './use-preview.ts'

const MAX_NAME_LENGTH = 64

/** The door: see oneself, choose what to bring, say one's name. */
export function PreJoin(props: {
  place: Place
  problem: PlainWords | null
  joining: boolean
  onJoin: (choices: JoinChoices) => void
}) {
  const access = useAccess()
  const [name, setName] = useState(rememberedName)
  const [microphone, setMicrophone] = useState(true)
  const [camera, setCamera] = useState(true)
  const [quality, setQuality] = useState(qualityOfAddress)
  const { constraints } = qualities[quality]
  const preview = usePreview(!props.joining, constraints)
  const nameId = useId()
  const qualityId = useId()
  const isRoom = props.place.kind === 'room'
  const ready = preview.state === 'ready'

  const join = (event: FormEvent) => {
    event.preventDefault()
    const trimmed = name.trim() || 'Guest'
    rememberName(name.trim())
    props.onJoin({
      name: trimmed,
      hasMicrophone: ready && preview.hasMicrophone,
      hasCamera: ready && preview.hasCamera,
      microphone,
      camera,
      videoConstraints: constraints,
    })
  }
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="mx-auto flex w-full max-w-6xl items-center px-5 py-5 sm:px-8">
        <Logo to={access.kind === 'anyone' ? '/playground' : '/'} />
      </header>
      <main className="mx-auto grid w-full max-w-5xl grow content-start gap-8 px-5 pb-16 sm:px-8 lg:grid-cols-[1.35fr_1fr] lg:content-center lg:items-center lg:gap-12">
        <PreviewCard
          preview={preview}
          name={name.trim() || 'Guest'}
          microphone={microphone}
          camera={camera}
          onMicrophone={setMicrophone}
          onCamera={setCamera}
        />
        <form onSubmit={join} className="flex min-w-0 flex-col gap-5">
          <div>
            <PageTitle className="font-semibold text-2xl tracking-tight sm:text-3xl">
              {isRoom ? 'Join the room' : 'Join the call'}
            </PageTitle>
            <p className="mt-2 text-muted">{doorWords(props.place.kind, access.kind)}</p>
          </div>
          {props.problem && <Alert words={props.problem} />}
          <div>
            <label htmlFor={nameId} className="mb-1.5 block font-medium text-sm">
              Your name
            </label>
            <input
              id={nameId}
              data-testid="name"
              value={name}
              maxLength={MAX_NAME_LENGTH}
              autoComplete="name"
              placeholder="Guest"
              onChange={(event) => setName(event.currentTarget.value)}
              className="min-h-11 w-full rounded-xl border border-line bg-surface px-3.5 placeholder:text-muted"
            />
          </div>
          <div>
            <label htmlFor={qualityId} className="mb-1.5 block font-medium text-sm">
              Picture quality
            </label>
            <select
              id={qualityId}
              value={quality}
              onChange={(event) => {
                if (isQuality(event.currentTarget.value)) setQuality(event.currentTarget.value)
              }}
              className="min-h-11 w-full rounded-xl border border-line bg-surface px-3"
            >
              {Object.entries(qualities).map(([value, { label }]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </select>
          </div>
          <Button
            type="submit"
            size="lg"
            data-testid="join"
            disabled={props.joining || preview.state === 'asking'}
            className="w-full"
          >
            {props.joining && <LoaderCircle aria-hidden className="size-4 animate-spin" />}
            {joinLabel(props.joining, preview.state)}
          </Button>
          {access.kind !== 'guest' && (
            <div className="border-line border-t pt-5">
              <Invite place={props.place} />
            </div>
          )}
        </form>
      </main>
    </div>
  )
}

function doorWords(place: Place['kind'], access: Access['kind']): string {
  if (access === 'guest') return 'You are invited. The link lets one person in, once.'
  if (access === 'member')
    return place === 'room' ? 'Others come in by invitation.' : 'A call is for two: you and whom you invite.'
  return place === 'room'
    ? 'Anyone with the link can come in.'
    : 'A call is for two: you and whoever has the link.'
}

function joinLabel(joining: boolean, preview: ReturnType<typeof usePreview>['state']): string {
  if (joining) return 'Joining'
  switch (preview) {
    case 'asking':
    case 'ready':
      return 'Join'
    case 'refused':
    case 'unavailable':
      return 'Join without camera and microphone'
    default:
      return preview satisfies never
  }
}
