import { CloudOff, Lock, SearchX } from 'lucide-react'
import { codeOf, wordsOf } from '../api/words.ts'
import { Button } from './Button.tsx'
import { EmptyState } from './EmptyState.tsx'

/** In place of what could not be loaded: why, and a second try where that can help. */
export function ErrorState({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  const code = codeOf(error)
  if (code === 'role_not_permitted')
    return (
      <EmptyState icon={Lock} title="Not for your role" text="An owner of the organisation can change it." />
    )
  if (code.endsWith('not_found'))
    return <EmptyState icon={SearchX} title="Nothing to be found here" text={wordsOf(error)} />
  return (
    <div role="alert">
      <EmptyState icon={CloudOff} title="This could not be loaded" text={wordsOf(error)}>
        {onRetry && (
          <Button look="secondary" onClick={onRetry}>
            Try again
          </Button>
        )}
      </EmptyState>
    </div>
  )
}
