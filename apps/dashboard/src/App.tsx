import { lazy, Suspense } from 'react'
import { NotFoundPage } from './NotFoundPage.tsx'
import { usePath } from './navigation.tsx'
import { type Route, routeOf } from './route.ts'
import { PageLoading } from './ui/PageLoading.tsx'

const HomePage = lazy(() => import('./home/HomePage.tsx'))
const PlaygroundPage = lazy(() => import('./playground/PlaygroundPage.tsx'))
const MeetingPage = lazy(() => import('./playground/MeetingPage.tsx'))

export function App() {
  const path = usePath()
  return <Suspense fallback={<PageLoading />}>{pageOf(routeOf(path))}</Suspense>
}

function pageOf(route: Route) {
  switch (route.page) {
    case 'home':
      return <HomePage />
    case 'playground':
      return <PlaygroundPage />
    case 'call':
      return <MeetingPage key={route.callId} place={{ kind: 'call', id: route.callId }} />
    case 'room':
      return <MeetingPage key={route.roomId} place={{ kind: 'room', id: route.roomId }} />
    case 'not-found':
      return <NotFoundPage />
    default:
      return route satisfies never
  }
}
