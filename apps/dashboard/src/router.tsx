/** Every page and its path. Each page is loaded when somebody goes there. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router'
import { z } from 'zod'
import { onSessionEnd, queryClient } from './api/query-client.ts'
import { ownPath } from './api/return-path.ts'
import { sessionQuery } from './api/session.ts'
import { codeOf } from './api/words.ts'
import { currentOrganization, lastOrganizationId } from './last-place.ts'
import { NotFoundPage } from './NotFoundPage.tsx'
import { OrganizationPages } from './organization/OrganizationPages.tsx'
import { listSearchSchema } from './project/media/list-search.ts'
import { projectQuery } from './project/project.ts'
import { AppShell } from './shell/AppShell.tsx'
import { PageProblem } from './shell/PageProblem.tsx'
import { PageLoading } from './ui/PageLoading.tsx'
import { Toasts } from './ui/Toasts.tsx'

const rootRoute = createRootRoute({
  component: () => (
    <>
      <Outlet />
      <Toasts />
    </>
  ),
})

/** A parameter of the address; ignored when it is something else. */
const word = z.string().optional().catch(undefined)
/** The page that asked for signing in. */
const returning = z.object({ returnTo: z.string().transform(ownPath).optional().catch(undefined) })
/** An address to sign in at and come back from. */
const signInFrom = (href: string) =>
  ({ to: '/sign-in', search: href === '/' ? {} : { returnTo: href } }) as const

// Before one is signed in.

const signIn = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: returning.extend({ error: word, confirmed: z.literal(true).optional().catch(undefined) }),
  component: lazyRouteComponent(() => import('./accounts/SignInPage.tsx')),
})
const signUp = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-up',
  validateSearch: returning,
  component: lazyRouteComponent(() => import('./accounts/SignUpPage.tsx')),
})
const twoFactor = createRoute({
  getParentRoute: () => rootRoute,
  path: '/two-factor',
  validateSearch: returning,
  component: lazyRouteComponent(() => import('./accounts/TwoFactorPage.tsx')),
})
const verify = createRoute({
  getParentRoute: () => rootRoute,
  path: '/verify',
  validateSearch: returning.extend({ email: word, error: word }),
  // Here better-auth leads from a mail's link: without an error, the address is confirmed.
  beforeLoad: ({ search }) => {
    if (search.email !== undefined || search.error !== undefined) return
    throw redirect({ to: '/sign-in', search: { ...search, confirmed: true }, replace: true })
  },
  component: lazyRouteComponent(() => import('./accounts/VerifyPage.tsx')),
})
const forgotPassword = createRoute({
  getParentRoute: () => rootRoute,
  path: '/forgot-password',
  component: lazyRouteComponent(() => import('./accounts/ForgotPasswordPage.tsx')),
})
const resetPassword = createRoute({
  getParentRoute: () => rootRoute,
  path: '/reset-password',
  validateSearch: z.object({ token: word, error: word }),
  component: lazyRouteComponent(() => import('./accounts/ResetPasswordPage.tsx')),
})
const inbox = createRoute({
  getParentRoute: () => rootRoute,
  path: '/dev/inbox',
  component: lazyRouteComponent(() => import('./accounts/InboxPage.tsx')),
})

// For anyone with a link.

const playground = createRoute({
  getParentRoute: () => rootRoute,
  path: '/playground',
  component: lazyRouteComponent(() => import('./playground/PlaygroundPage.tsx')),
})
const loadMeeting = () => import('./playground/LinkedMeetingPage.tsx')
const call = createRoute({
  getParentRoute: () => rootRoute,
  path: '/playground/call/$callId',
  component: lazyRouteComponent(loadMeeting, 'LinkedCallPage'),
})
const room = createRoute({
  getParentRoute: () => rootRoute,
  path: '/playground/room/$roomId',
  component: lazyRouteComponent(loadMeeting, 'LinkedRoomPage'),
})

// For those who are signed in.

/** Lets only those pass who are signed in; others sign in first and come back. */
const requireSession = async ({ location }: { location: { href: string } }) => {
  try {
    return await queryClient.ensureQueryData(sessionQuery)
  } catch (error) {
    if (!(error instanceof Error) || codeOf(error) !== 'not_signed_in') throw error
    throw redirect({ ...signInFrom(location.href), replace: true })
  }
}

/** Where the site begins: at the projects of the organisation that was looked at last. */
const home = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  beforeLoad: async (context) => {
    const { organizations } = await requireSession(context)
    const organization = currentOrganization(organizations, lastOrganizationId())
    if (!organization) throw redirect({ to: '/organizations/new', replace: true })
    const { organizationId } = organization
    throw redirect({ to: '/organizations/$organizationId', params: { organizationId }, replace: true })
  },
})
const invitation = createRoute({
  getParentRoute: () => rootRoute,
  path: '/invitations/$invitationId',
  beforeLoad: async (context) => void (await requireSession(context)),
  component: lazyRouteComponent(() => import('./accounts/InvitationPage.tsx')),
})
const signedIn = createRoute({
  getParentRoute: () => rootRoute,
  id: 'signed-in',
  beforeLoad: async (context) => void (await requireSession(context)),
  component: AppShell,
})
const account = createRoute({
  getParentRoute: () => signedIn,
  path: '/account',
  component: lazyRouteComponent(() => import('./accounts/AccountPage.tsx')),
})
const status = createRoute({
  getParentRoute: () => signedIn,
  path: '/status',
  component: lazyRouteComponent(() => import('./project/status/StatusPage.tsx')),
})

const newOrganization = createRoute({
  getParentRoute: () => signedIn,
  path: '/organizations/new',
  component: lazyRouteComponent(() => import('./organization/NewOrganizationPage.tsx')),
})
const organization = createRoute({
  getParentRoute: () => signedIn,
  path: '/organizations/$organizationId',
  component: OrganizationPages,
})
const projects = createRoute({
  getParentRoute: () => organization,
  path: '/',
  component: lazyRouteComponent(() => import('./organization/ProjectsPage.tsx')),
})
const members = createRoute({
  getParentRoute: () => organization,
  path: '/members',
  component: lazyRouteComponent(() => import('./organization/MembersPage.tsx')),
})
const audit = createRoute({
  getParentRoute: () => organization,
  path: '/audit',
  component: lazyRouteComponent(() => import('./organization/AuditPage.tsx')),
})

const project = createRoute({
  getParentRoute: () => signedIn,
  path: '/projects/$projectId',
  loader: ({ params }) => queryClient.ensureQueryData(projectQuery(params.projectId)),
})
const overview = createRoute({
  getParentRoute: () => project,
  path: '/',
  component: lazyRouteComponent(() => import('./project/overview/OverviewPage.tsx')),
})
const calls = createRoute({
  getParentRoute: () => project,
  path: '/calls',
  validateSearch: listSearchSchema,
  component: lazyRouteComponent(() => import('./project/calls/CallsPage.tsx')),
})
const callDetails = createRoute({
  getParentRoute: () => project,
  path: '/calls/$callId',
  component: lazyRouteComponent(() => import('./project/calls/CallPage.tsx')),
})
const rooms = createRoute({
  getParentRoute: () => project,
  path: '/rooms',
  validateSearch: listSearchSchema,
  component: lazyRouteComponent(() => import('./project/rooms/RoomsPage.tsx')),
})
const roomDetails = createRoute({
  getParentRoute: () => project,
  path: '/rooms/$roomId',
  component: lazyRouteComponent(() => import('./project/rooms/RoomPage.tsx')),
})
const keys = createRoute({
  getParentRoute: () => project,
  path: '/keys',
  component: lazyRouteComponent(() => import('./project/keys/KeysPage.tsx')),
})
const billing = createRoute({
  getParentRoute: () => project,
  path: '/billing',
  component: lazyRouteComponent(() => import('./project/billing/BillingPage.tsx')),
})
const webhooks = createRoute({
  getParentRoute: () => project,
  path: '/webhooks',
  component: lazyRouteComponent(() => import('./project/webhooks/WebhooksPage.tsx')),
})
const webhookEndpoint = createRoute({
  getParentRoute: () => project,
  path: '/webhooks/$endpointId',
  component: lazyRouteComponent(() => import('./project/webhooks/EndpointPage.tsx')),
})
const webhookDelivery = createRoute({
  getParentRoute: () => project,
  path: '/webhooks/deliveries/$deliveryId',
  component: lazyRouteComponent(() => import('./project/webhooks/DeliveryPage.tsx')),
})
const settings = createRoute({
  getParentRoute: () => project,
  path: '/settings',
  component: lazyRouteComponent(() => import('./project/settings/SettingsPage.tsx')),
})
const projectPlayground = createRoute({
  getParentRoute: () => project,
  path: '/playground',
  component: lazyRouteComponent(() => import('./project/playground/ProjectPlaygroundPage.tsx')),
})

const routeTree = rootRoute.addChildren([
  home,
  signIn,
  signUp,
  twoFactor,
  verify,
  forgotPassword,
  resetPassword,
  inbox,
  invitation,
  playground,
  call,
  room,
  signedIn.addChildren([
    account,
    status,
    newOrganization,
    organization.addChildren([projects, members, audit]),
    project.addChildren([
      overview,
      calls,
      callDetails,
      rooms,
      roomDetails,
      keys,
      billing,
      webhooks,
      webhookEndpoint,
      webhookDelivery,
      settings,
      projectPlayground,
    ]),
  ]),
])

export const router = createRouter({
  routeTree,
  defaultPreload: 'intent',
  // TanStack Query decides what is too old.
  defaultPreloadStaleTime: 0,
  scrollRestoration: true,
  notFoundMode: 'root',
  defaultPendingComponent: PageLoading,
  defaultErrorComponent: PageProblem,
  defaultNotFoundComponent: NotFoundPage,
})

onSessionEnd(() => {
  // Nothing of whoever was signed in stays.
  queryClient.clear()
  const { href } = router.state.location
  if (!href.startsWith('/sign-in')) void router.navigate(signInFrom(href))
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
