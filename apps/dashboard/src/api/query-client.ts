import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { ApiError } from './words.ts'

declare module '@tanstack/react-query' {
  interface Register {
    defaultError: ApiError
  }
}

let tellSessionEnd: () => void = () => {}

/** Called when any request is answered that nobody is signed in (any more). */
export function onSessionEnd(callback: () => void): void {
  tellSessionEnd = callback
}

const MAX_RETRIES = 2

/** Tells the end of the session, whichever request finds it out. */
const watch = (error: Error): void => {
  if (error instanceof ApiError && error.code === 'not_signed_in') tellSessionEnd()
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: watch }),
  mutationCache: new MutationCache({ onError: watch }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // A refusal stays one; a network or a server that fails may be back.
      retry: (failures, error) =>
        failures < MAX_RETRIES && error instanceof ApiError && (error.status === 0 || error.status >= 500),
    },
  },
})
