/** The organisation that the address names, for pages below `/organizations/$organizationId`. */
import { type DashboardPermission, type DashboardSession, mayRole } from '@radist-tech/protocol/dashboard'
import { useParams } from '@tanstack/react-router'
import { useSession } from '../api/session.ts'

type Organization = DashboardSession['organizations'][number]

/** Shown within `OrganizationPages`, which looks whether one belongs to it. */
export function useOrganization(): Organization {
  const { organizationId } = useParams({ from: '/signed-in/organizations/$organizationId' })
  const organization = useSession().organizations.find((one) => one.organizationId === organizationId)
  if (!organization) throw new Error('Not a member of the organisation')
  return organization
}

export const mayIn = ({ role }: Organization, permission: DashboardPermission): boolean =>
  mayRole(role, permission)
