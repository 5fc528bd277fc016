/** `/api/dashboard`: what the dashboard's pages ask for. */
import { DashboardRoutes } from './router.ts'
import { callRoutes } from './routes/calls.ts'
import { invitationRoutes } from './routes/invitations.ts'
import { memberRoutes } from './routes/members.ts'
import { organizationRoutes } from './routes/organizations.ts'
import { overviewRoutes } from './routes/overview.ts'
import { roomRoutes } from './routes/rooms.ts'
import { sessionRoutes } from './routes/session.ts'
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
]
for (const register of resources) register(dashboardRoutes)
