/** Where in the shell one is: the organisation that the address names, by itself or by its project. */
import { listProjectsAnswerSchema } from '@radist-tech/protocol/dashboard'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useEffect } from 'react'
import { answerTo } from '../api/dashboard.ts'
import { useSession } from '../api/session.ts'
import { currentOrganization, lastOrganizationId, rememberOrganization } from '../last-place.ts'
import { projectQuery } from '../project/project.ts'

export const projectsQuery = (organizationId: string) =>
  answerTo(`/organizations/${organizationId}/projects`, listProjectsAnswerSchema)

export function usePlace() {
  const { organizations } = useSession()
  const { organizationId: named, projectId } = useParams({ strict: false })
  const project =
    useQuery({ ...projectQuery(projectId ?? ''), enabled: projectId !== undefined }).data ?? null
  const organizationId = named ?? project?.organizationId ?? lastOrganizationId()
  const organization = currentOrganization(organizations, organizationId)
  useEffect(() => {
    if (organization) rememberOrganization(organization.organizationId)
  }, [organization])
  return { organization, project: projectId === undefined ? null : project }
}
