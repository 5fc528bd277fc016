import { keysAnswerSchema } from '@radist-tech/protocol/dashboard'
import { useQuery } from '@tanstack/react-query'
import { answerTo } from '../../api/dashboard.ts'
import { Card } from '../../ui/Card.tsx'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { SkeletonRows } from '../../ui/Skeleton.tsx'
import { Permitted } from '../Permitted.tsx'
import { useProject } from '../project.ts'
import { PublicKeys } from './PublicKeys.tsx'
import { SecretKeys } from './SecretKeys.tsx'

export default function KeysPage() {
  return (
    <Permitted needs="keys:read" title="Keys">
      <Keys />
    </Permitted>
  )
}

function Keys() {
  const { projectId } = useProject()
  const keys = useQuery(answerTo(`/projects/${projectId}/keys`, keysAnswerSchema))
  return (
    <>
      <PageHeader
        title="Keys"
        text="Your backend acts for the project with a secret key. Pages and apps connect with the public key."
      />
      {keys.data ? (
        <div className="flex flex-col gap-6">
          <SecretKeys projectId={projectId} keys={keys.data.secretKeys} />
          <PublicKeys projectId={projectId} keys={keys.data.publicKeys} />
        </div>
      ) : (
        <Card flush>
          {keys.isError ? (
            <ErrorState error={keys.error} onRetry={() => void keys.refetch()} />
          ) : (
            <SkeletonRows />
          )}
        </Card>
      )}
    </>
  )
}
