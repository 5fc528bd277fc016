import { useQuery } from '@tanstack/react-query'
import { signInWays } from '../api/auth.ts'
import { useSession } from '../api/session.ts'
import { Card } from '../ui/Card.tsx'
import { ErrorState } from '../ui/ErrorState.tsx'
import { PageHeader } from '../ui/PageHeader.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { PasswordCard } from './PasswordCard.tsx'
import { ProfileCard } from './ProfileCard.tsx'
import { SessionsCard } from './SessionsCard.tsx'
import { TwoFactorCard } from './TwoFactorCard.tsx'

export default function AccountPage() {
  const { user } = useSession()
  const ways = useQuery({ queryKey: ['sign-in-ways'], queryFn: ({ signal }) => signInWays(signal) })
  return (
    <>
      <PageHeader title="Account" text="Your own, in every organisation you belong to." />
      <div className="flex max-w-3xl flex-col gap-6">
        <ProfileCard user={user} />
        {ways.isSuccess ? (
          <>
            <PasswordCard user={user} hasPassword={ways.data.includes('credential')} />
            {ways.data.includes('credential') && <TwoFactorCard user={user} />}
          </>
        ) : (
          <Card title="Signing in" flush>
            {ways.isError ? (
              <ErrorState error={ways.error} onRetry={() => void ways.refetch()} />
            ) : (
              <SkeletonRows rows={2} />
            )}
          </Card>
        )}
        <SessionsCard />
      </div>
    </>
  )
}
