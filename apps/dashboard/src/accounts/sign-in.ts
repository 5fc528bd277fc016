/** What follows a sign-in, on whichever page it was completed. */
import { queryClient } from '../api/query-client.ts'
import { ownPath } from '../api/return-path.ts'
import { router } from '../router.tsx'

/** Goes to the page that asked for the sign-in. What was known of whoever was signed in before is forgotten. */
export function enter(returnTo: string | undefined): void {
  queryClient.clear()
  router.history.replace(ownPath(returnTo))
}

/** Where the link of a confirmation mail leads in the end. */
export const confirmedPath = (returnTo: string | undefined): string =>
  returnTo === undefined ? '/verify' : `/verify?returnTo=${encodeURIComponent(returnTo)}`
