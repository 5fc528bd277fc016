import { projectSettingsAnswerSchema } from '@radist-tech/protocol/dashboard'
import { useQuery } from '@tanstack/react-query'
import { answerTo } from '../../api/dashboard.ts'
import { Card } from '../../ui/Card.tsx'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { SkeletonRows } from '../../ui/Skeleton.tsx'
import { TextLink } from '../../ui/TextLink.tsx'
import { Permitted } from '../Permitted.tsx'
import { useMay, useProject } from '../project.ts'
import { ArchiveProject } from './ArchiveProject.tsx'
import { SettingsForm } from './SettingsForm.tsx'

export default function SettingsPage() {
  return (
    <Permitted needs="settings:read" title="Settings">
      <Settings />
    </Permitted>
  )
}

function Settings() {
  const { projectId } = useProject()
  const settings = useQuery(answerTo(`/projects/${projectId}/settings`, projectSettingsAnswerSchema))
  const mayArchive = useMay('projects:archive')
  return (
    <>
      <PageHeader
        title="Settings"
        text={
          <>
            What holds for all calls and rooms of this project. Endpoints that are told of events are under{' '}
            <TextLink to="/projects/$projectId/webhooks" params={{ projectId }}>
              Webhooks
            </TextLink>
            .
          </>
        }
      />
      <div className="flex flex-col gap-6">
        {settings.data ? (
          // Made anew when others hold, so that it shows those.
          <SettingsForm key={JSON.stringify(settings.data)} projectId={projectId} settings={settings.data} />
        ) : (
          <Card flush>
            {settings.isError ? (
              <ErrorState error={settings.error} onRetry={() => void settings.refetch()} />
            ) : (
              <SkeletonRows rows={6} />
            )}
          </Card>
        )}
        {mayArchive && <ArchiveProject />}
      </div>
    </>
  )
}
