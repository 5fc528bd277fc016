import { useNavigate } from '@tanstack/react-router'
import { LoaderCircle, type LucideIcon, UsersRound, Video } from 'lucide-react'
import { useState } from 'react'
import { Logo } from '../ui/Logo.tsx'
import { PageTitle } from '../ui/PageTitle.tsx'
import { Alert } from './Alert.tsx'
import { keepCallToken } from './host-tokens.ts'
import { type PlainWords, plainWords } from './plain-words.ts'
import { createCall, createRoom, fetchPublicKey } from './playground-api.ts'

type Choice = 'call' | 'room'

async function startCall() {
  const { callId, callToken } = await createCall()
  keepCallToken(callId, callToken)
  return { to: '/playground/call/$callId', params: { callId } } as const
}

const startRoom = async () =>
  ({ to: '/playground/room/$roomId', params: { roomId: (await createRoom()).roomId } }) as const

export default function PlaygroundPage() {
  const [starting, setStarting] = useState<Choice | null>(null)
  const [problem, setProblem] = useState<PlainWords | null>(null)
  const navigate = useNavigate()
  const start = async (choice: Choice) => {
    setStarting(choice)
    setProblem(null)
    try {
      // Asked first: where there is no playground, that is the answer, rather than a failed request.
      await fetchPublicKey()
      await navigate(await (choice === 'call' ? startCall() : startRoom()))
    } catch (error) {
      setProblem(plainWords(error))
      setStarting(null)
    }
  }
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="mx-auto flex w-full max-w-6xl items-center px-5 py-5 sm:px-8">
        <Logo />
      </header>
      <main className="mx-auto flex w-full max-w-3xl grow flex-col px-5 pt-8 pb-20 sm:px-8 sm:pt-[8vh]">
        <PageTitle className="font-semibold text-3xl tracking-tight sm:text-4xl">Playground</PageTitle>
        <p className="mt-3 max-w-xl text-lg text-muted leading-relaxed">
          Start something, share its link, and see each other. Nothing to install, no account needed.
        </p>
        {problem && <Alert className="mt-8" words={problem} />}
        <div className="mt-8 grid gap-4 sm:grid-cols-2">
          <StartCard
            testId="start-call"
            icon={Video}
            title="Start a call"
            text="For two people. Audio, video and messages go directly between your browsers."
            busy={starting === 'call'}
            disabled={starting !== null}
            onStart={() => start('call')}
          />
          <StartCard
            testId="start-room"
            icon={UsersRound}
            title="Start a room"
            text="For more than two. Everything goes through a media server that serves each by their line."
            busy={starting === 'room'}
            disabled={starting !== null}
            onStart={() => start('room')}
          />
        </div>
      </main>
    </div>
  )
}

function StartCard(props: {
  testId: string
  icon: LucideIcon
  title: string
  text: string
  busy: boolean
  disabled: boolean
  onStart: () => void
}) {
  const Icon = props.busy ? LoaderCircle : props.icon
  return (
    <button
      type="button"
      data-testid={props.testId}
      onClick={props.onStart}
      disabled={props.disabled}
      className="group flex flex-col items-start rounded-2xl border border-line bg-surface p-6 text-left shadow-card transition hover:border-accent disabled:cursor-progress disabled:opacity-70"
    >
      <span className="grid size-12 place-items-center rounded-xl bg-accent-soft text-accent transition-colors group-hover:bg-accent group-hover:text-on-accent">
        <Icon aria-hidden className={`size-6 ${props.busy ? 'animate-spin' : ''}`} strokeWidth={1.75} />
      </span>
      <span className="mt-5 font-semibold text-lg">{props.title}</span>
      <span className="mt-1.5 text-muted leading-relaxed">{props.text}</span>
    </button>
  )
}
