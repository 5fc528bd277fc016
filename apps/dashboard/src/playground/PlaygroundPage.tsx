import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { Logo } from '../ui/Logo.tsx'
import { PageTitle } from '../ui/PageTitle.tsx'
import { Alert } from './Alert.tsx'
import { keepCallToken } from './host-tokens.ts'
import type { Place } from './place.ts'
import { type PlainWords, plainWords } from './plain-words.ts'
import { createCall, createRoom, fetchPublicKey } from './playground-api.ts'
import { StartCards } from './StartCards.tsx'

async function startCall() {
  const { callId, callToken } = await createCall()
  keepCallToken(callId, callToken)
  return { to: '/playground/call/$callId', params: { callId } } as const
}

const startRoom = async () =>
  ({ to: '/playground/room/$roomId', params: { roomId: (await createRoom()).roomId } }) as const

export default function PlaygroundPage() {
  const [starting, setStarting] = useState<Place['kind'] | null>(null)
  const [problem, setProblem] = useState<PlainWords | null>(null)
  const navigate = useNavigate()
  const start = async (choice: Place['kind']) => {
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
        <div className="mt-8">
          <StartCards starting={starting} onStart={start} />
        </div>
      </main>
    </div>
  )
}
