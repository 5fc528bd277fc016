/** `/api/dashboard`: what the dashboard's pages ask for. */
import { DashboardRoutes } from './router.ts'
import { billingRoutes } from './routes/billing.ts'
import { callRoutes } from './routes/calls.ts'
import { fleetRoutes } from './routes/fleet.ts'
import { invitationRoutes } from './routes/invitations.ts'
import { keyRoutes } from './routes/keys.ts'
import { memberRoutes } from './routes/members.ts'
import { organizationRoutes } from './routes/organizations.ts'
import { overviewRoutes } from './routes/overview.ts'
import { playgroundRoutes } from './routes/playground.ts'
import { projectRoutes } from './routes/projects.ts'
import { roomRoutes } from './routes/rooms.ts'
import { sessionRoutes } from './routes/session.ts'
import { settingsRoutes } from './routes/settings.ts'
import { webhookRoutes } from './routes/webhooks.ts'

export const dashboardRoutes = new DashboardRoutes()

const resources = [
  sessionRoutes,
  organizationRoutes,
  memberRoutes,
  invitationRoutes,
  overviewRoutes,
  callRoutes,
  roomRoutes,
  webhookRoutes,
  projectRoutes,
  keyRoutes,
  settingsRoutes,
  billingRoutes,
  playgroundRoutes,
  fleetRoutes,
]
for (const register of resources) register(dashboardRoutes)
