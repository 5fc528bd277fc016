import { useEffect, useEffectEvent, useState } from 'react'
import type { z } from 'zod'
import { outdated } from '../../api/dashboard.ts'
import { LiveSocket, type LiveState } from './live-socket.ts'

/** How often pages read anew while their socket is lost, in milliseconds. */
const FALL_BACK_MS = 10_000

/** For queries that a socket keeps fresh: how often they are read meanwhile. */
export const fallBack = (state: LiveState) => (state === 'lost' ? FALL_BACK_MS : (false as const))

/**
 * Listens to a live socket of `/api/dashboard` while the page is shown.
 * @param path null when there is nothing more to hear
 * @param onFrame with what came in it
 * @param onMissed when something may have been missed: the socket is back
 */
export function useLive<S extends z.ZodType>(
  path: string | null,
  schema: S,
  onFrame: (frame: z.output<S>) => void,
  onMissed: () => void = () => {},
): LiveState {
  const [state, setState] = useState<LiveState>('opening')
  const take = useEffectEvent((text: string) => {
    const frame = schema.safeParse(parsed(text))
    // One of a newer Worker; the page reads what it shows anew when it is opened again.
    if (frame.success) onFrame(frame.data)
  })
  const missed = useEffectEvent(onMissed)
  useEffect(() => {
    if (path === null) return
    let was: LiveState = 'opening'
    const url = new URL(`/api/dashboard${path}`, window.location.href)
    url.protocol = url.protocol.replace('http', 'ws')
    const socket = new LiveSocket({
      url: url.href,
      onFrame: take,
      onState: (now) => {
        if (now === was) return
        if (was === 'lost' && now === 'open') missed()
        // Whoever is signed out, or no member any more, is told so by the next answer.
        if (now === 'refused') void outdated('/session')
        was = now
        setState(now)
      },
    })
    const look = () => !document.hidden && socket.hurry()
    const hurry = () => socket.hurry()
    document.addEventListener('visibilitychange', look)
    window.addEventListener('online', hurry)
    return () => {
      document.removeEventListener('visibilitychange', look)
      window.removeEventListener('online', hurry)
      socket.close()
    }
  }, [path])
  return state
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
