/** The project that the address names: for pages below `/projects/$projectId`. */
import { type DashboardPermission, mayRole, projectAnswerSchema } from '@radist-tech/protocol/dashboard'
import { useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { answerTo } from '../api/dashboard.ts'

export const projectQuery = (projectId: string) => answerTo(`/projects/${projectId}`, projectAnswerSchema)

export function useProject() {
  const { projectId } = useParams({ from: '/signed-in/projects/$projectId' })
  return useSuspenseQuery(projectQuery(projectId)).data
}

/** Whether one's role permits it in this project; the Worker decides, this only spares vain attempts. */
export function useMay(permission: DashboardPermission): boolean {
  return mayRole(useProject().role, permission)
}
