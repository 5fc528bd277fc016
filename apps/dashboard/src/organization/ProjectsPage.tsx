import { projectAnswerSchema } from '@radist-tech/protocol/dashboard'
import { useMutation, useQuery } from '@tanstack/react-query'
import { FolderKanban, Plus } from 'lucide-react'
import { useState } from 'react'
import { change, outdated } from '../api/dashboard.ts'
import { projectsQuery } from '../shell/place.ts'
import { Button } from '../ui/Button.tsx'
import { Card } from '../ui/Card.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { ErrorState } from '../ui/ErrorState.tsx'
import { NameDialog } from '../ui/NameDialog.tsx'
import { PageHeader } from '../ui/PageHeader.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { NewProjectDialog } from './NewProjectDialog.tsx'
import { mayIn, useOrganization } from './organization.ts'
import { ProjectTable } from './ProjectTable.tsx'
import { RenameOrganization } from './RenameOrganization.tsx'

export default function ProjectsPage() {
  const organization = useOrganization()
  const { organizationId } = organization
  const projects = useQuery(projectsQuery(organizationId))
  const [naming, setNaming] = useState(false)
  const create = useMutation({
    mutationFn: (name: string) =>
      change('POST', `/organizations/${organizationId}/projects`, projectAnswerSchema, { name }),
    onSuccess: async () => {
      setNaming(false)
      await outdated(`/organizations/${organizationId}/projects`)
    },
  })
  const mayManage = mayIn(organization, 'projects:manage')
  const newProject = mayManage && (
    <Button onClick={() => setNaming(true)}>
      <Plus aria-hidden className="size-4" /> New project
    </Button>
  )
  const all = projects.data?.projects ?? []
  const open = all.filter(({ archivedAt }) => archivedAt === null)
  const archived = all.filter(({ archivedAt }) => archivedAt !== null)
  return (
    <>
      <PageHeader title="Projects" text="Each has its own keys, limits and usage.">
        {mayIn(organization, 'organization:manage') && <RenameOrganization organization={organization} />}
        {newProject}
      </PageHeader>
      <Card flush>
        {projects.isPending && <SkeletonRows />}
        {projects.isError && <ErrorState error={projects.error} onRetry={() => void projects.refetch()} />}
        {projects.isSuccess &&
          (open.length > 0 ? (
            <ProjectTable label="Projects" projects={open} organization={organization} />
          ) : (
            <EmptyState
              icon={FolderKanban}
              title="No projects yet"
              text={
                mayManage
                  ? 'Make one for your product: it comes with the key that your pages connect with.'
                  : 'A developer or an owner of the organisation can make one.'
              }
            >
              {newProject}
            </EmptyState>
          ))}
      </Card>
      {archived.length > 0 && (
        <Card
          title="Archived"
          text="Nothing can be created in them; what they used is kept."
          flush
          className="mt-6"
        >
          <ProjectTable label="Archived projects" projects={archived} organization={organization} />
        </Card>
      )}
      <NameDialog
        open={naming}
        title="New project"
        text="For one product, or one stage of it, such as production and testing."
        label="Name"
        action="Create project"
        busy={create.isPending}
        error={create.error}
        onName={(name) => create.mutate(name)}
        onClose={() => {
          setNaming(false)
          create.reset()
        }}
      />
      <NewProjectDialog project={naming ? null : (create.data ?? null)} onClose={() => create.reset()} />
    </>
  )
}
