import { useMutation, useQuery } from '@tanstack/react-query'
import { gitHubAddress } from '../api/auth.ts'
import { ownPath } from '../api/return-path.ts'
import { configurationQuery } from '../api/session.ts'
import { Button } from '../ui/Button.tsx'
import { ErrorText } from '../ui/ErrorText.tsx'

/** Signing in by GitHub, where the installation has that; nothing elsewhere. */
export function GitHubButton({ returnTo }: { returnTo: string | undefined }) {
  const configuration = useQuery(configurationQuery)
  const leave = useMutation({
    mutationFn: () => gitHubAddress(ownPath(returnTo)),
    onSuccess: (address) => window.location.assign(address),
  })
  if (!configuration.data?.github) return null
  return (
    <>
      <div className="my-5 flex items-center gap-3 text-muted text-xs before:h-px before:grow before:bg-line after:h-px after:grow after:bg-line">
        or
      </div>
      <ErrorText error={leave.error} className="mb-3" />
      <Button look="secondary" className="w-full" busy={leave.isPending} onClick={() => leave.mutate()}>
        <svg viewBox="0 0 16 16" aria-hidden="true" className="size-4 fill-current">
          <path d="M8 0a8 8 0 0 0-2.53 15.59c.4.07.55-.17.55-.38v-1.34c-2.23.48-2.7-1.07-2.7-1.07-.36-.93-.89-1.17-.89-1.17-.73-.5.05-.49.05-.49.8.06 1.23.83 1.23.83.71 1.22 1.87.87 2.33.66.07-.52.28-.87.5-1.07-1.77-.2-3.64-.89-3.64-3.95 0-.87.31-1.59.82-2.15-.08-.2-.36-1.02.08-2.12 0 0 .67-.22 2.2.82a7.6 7.6 0 0 1 4 0c1.53-1.04 2.2-.82 2.2-.82.44 1.1.16 1.92.08 2.12.51.56.82 1.28.82 2.15 0 3.07-1.87 3.75-3.65 3.95.29.25.54.73.54 1.48v2.19c0 .21.15.46.55.38A8 8 0 0 0 8 0Z" />
        </svg>
        Continue with GitHub
      </Button>
    </>
  )
}
