/** What members of an organisation may do, by their role. The dashboard shows by it, the Worker enforces it. */
import { z } from 'zod'

export const roleSchema = z.enum(['owner', 'developer', 'billing'])
export type Role = z.infer<typeof roleSchema>

export const dashboardPermissions = [
  'organization:read',
  'organization:manage',
  'members:read',
  'members:manage',
  'audit:read',
  'projects:read',
  /** Make, rename. */
  'projects:manage',
  'projects:archive',
  /** Calls, rooms, and what is open now. */
  'media:read',
  /** Remove participants, end calls, close rooms, use the playground. */
  'media:control',
  'keys:read',
  'keys:manage',
  'settings:read',
  'settings:manage',
  'webhooks:read',
  'webhooks:manage',
  /** Usage, cost, invoices, and what Stripe has of it. */
  'billing:read',
  'billing:manage',
] as const
export type DashboardPermission = (typeof dashboardPermissions)[number]

const everyone: DashboardPermission[] = ['organization:read', 'members:read', 'projects:read', 'billing:read']

const granted: Record<Role, ReadonlySet<DashboardPermission>> = {
  owner: new Set(dashboardPermissions),
  developer: new Set([
    ...everyone,
    'projects:manage',
    'media:read',
    'media:control',
    'keys:read',
    'keys:manage',
    'settings:read',
    'settings:manage',
    'webhooks:read',
    'webhooks:manage',
  ]),
  billing: new Set([...everyone, 'billing:manage']),
}

export const mayRole = (role: Role, permission: DashboardPermission): boolean => granted[role].has(permission)
