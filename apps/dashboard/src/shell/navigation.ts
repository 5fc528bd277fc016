/** What the sidebar leads to, by where one is and what one may do. */
import { type DashboardPermission, mayRole, type Role } from '@radist-tech/protocol/dashboard'
import { linkOptions } from '@tanstack/react-router'
import {
  Activity,
  CreditCard,
  FolderKanban,
  Gauge,
  KeyRound,
  PhoneCall,
  ScrollText,
  Settings,
  SquarePlay,
  UserRound,
  UsersRound,
  Video,
  Webhook,
} from 'lucide-react'

const projectPages = (projectId: string) => {
  const params = { projectId }
  return [
    {
      needs: 'projects:read',
      name: 'Overview',
      icon: Gauge,
      link: linkOptions({ to: '/projects/$projectId', params }),
    },
    {
      needs: 'media:read',
      name: 'Calls',
      icon: PhoneCall,
      link: linkOptions({ to: '/projects/$projectId/calls', params }),
    },
    {
      needs: 'media:read',
      name: 'Rooms',
      icon: Video,
      link: linkOptions({ to: '/projects/$projectId/rooms', params }),
    },
    {
      needs: 'keys:read',
      name: 'Keys',
      icon: KeyRound,
      link: linkOptions({ to: '/projects/$projectId/keys', params }),
    },
    {
      needs: 'billing:read',
      name: 'Billing',
      icon: CreditCard,
      link: linkOptions({ to: '/projects/$projectId/billing', params }),
    },
    {
      needs: 'webhooks:read',
      name: 'Webhooks',
      icon: Webhook,
      link: linkOptions({ to: '/projects/$projectId/webhooks', params }),
    },
    {
      needs: 'settings:read',
      name: 'Settings',
      icon: Settings,
      link: linkOptions({ to: '/projects/$projectId/settings', params }),
    },
    {
      needs: 'media:control',
      name: 'Playground',
      icon: SquarePlay,
      link: linkOptions({ to: '/projects/$projectId/playground', params }),
    },
  ] as const
}

const organizationPages = (organizationId: string) => {
  const params = { organizationId }
  return [
    {
      needs: 'projects:read',
      name: 'Projects',
      icon: FolderKanban,
      link: linkOptions({ to: '/organizations/$organizationId', params }),
    },
    {
      needs: 'members:read',
      name: 'Members',
      icon: UsersRound,
      link: linkOptions({ to: '/organizations/$organizationId/members', params }),
    },
    {
      needs: 'audit:read',
      name: 'Audit log',
      icon: ScrollText,
      link: linkOptions({ to: '/organizations/$organizationId/audit', params }),
    },
  ] as const
}

const permitted = <P extends { needs: DashboardPermission }>(pages: readonly P[], role: Role): P[] =>
  pages.filter(({ needs }) => mayRole(role, needs))

export const projectLinks = (projectId: string, role: Role) => permitted(projectPages(projectId), role)

export const organizationLinks = (organizationId: string, role: Role) =>
  permitted(organizationPages(organizationId), role)

export const accountLinks = (isOperator: boolean) => [
  { name: 'Account', icon: UserRound, link: linkOptions({ to: '/account' }) },
  ...(isOperator ? [{ name: 'Status', icon: Activity, link: linkOptions({ to: '/status' }) }] : []),
]
