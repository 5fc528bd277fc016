import type { ErrorComponentProps } from '@tanstack/react-router'
import { useRouter } from '@tanstack/react-router'
import { Card } from '../ui/Card.tsx'
import { ErrorState } from '../ui/ErrorState.tsx'
import { PageTitle } from '../ui/PageTitle.tsx'

/** In place of a page that could not be loaded, or that broke. */
export function PageProblem({ error, reset }: ErrorComponentProps) {
  const router = useRouter()
  const again = () => {
    reset()
    void router.invalidate()
  }
  return (
    <div className="mx-auto w-full max-w-5xl">
      <PageTitle className="sr-only">This page could not be shown</PageTitle>
      <Card flush>
        <ErrorState error={error instanceof Error ? error : new Error(String(error))} onRetry={again} />
      </Card>
    </div>
  )
}
