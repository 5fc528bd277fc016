/** `/api/dashboard`: what the dashboard's pages ask for. */
import { DashboardRoutes } from './router.ts'
import { sessionRoutes } from './routes/session.ts'

export const dashboardRoutes = new DashboardRoutes()

for (const register of [sessionRoutes]) register(dashboardRoutes)
