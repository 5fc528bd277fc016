/** `/api/dashboard`: what the dashboard's pages ask for. */
import { DashboardRoutes } from './router.ts'
import { invitationRoutes } from './routes/invitations.ts'
import { memberRoutes } from './routes/members.ts'
import { organizationRoutes } from './routes/organizations.ts'
import { sessionRoutes } from './routes/session.ts'
import { webhookRoutes } from './routes/webhooks.ts'

export const dashboardRoutes = new DashboardRoutes()

for (const register of [sessionRoutes, organizationRoutes, memberRoutes, invitationRoutes, webhookRoutes])
  register(dashboardRoutes)
