import { organizationAnswerSchema, receivedInvitationSchema } from '@radist-tech/protocol/dashboard'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { answerTo, anyAnswer, change, outdated } from '../api/dashboard.ts'
import { useSession } from '../api/session.ts'
import { codeOf } from '../api/words.ts'
import { roleNames, roleTexts } from '../organization/roles.ts'
import { AccountFrame } from '../shell/AccountFrame.tsx'
import { Button, LinkButton } from '../ui/Button.tsx'
import { ErrorState } from '../ui/ErrorState.tsx'
import { ErrorText } from '../ui/ErrorText.tsx'
import { dateTime } from '../ui/format.ts'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { showToast } from '../ui/toast.ts'

/** Where the link of an invitation leads. */
export default function InvitationPage() {
  const { invitationId } = useParams({ from: '/invitations/$invitationId' })
  const { user } = useSession()
  const navigate = useNavigate()
  const path = `/invitations/${encodeURIComponent(invitationId)}`
  const invitation = useQuery(answerTo(path, receivedInvitationSchema))
  const accept = useMutation({
    mutationFn: () => change('POST', `${path}/accept`, organizationAnswerSchema),
    onSuccess: async ({ organizationId, name }) => {
      await outdated('/session')
      showToast(`You belong to ${name} now.`)
      await navigate({ to: '/organizations/$organizationId', params: { organizationId }, replace: true })
    },
  })
  const reject = useMutation({
    mutationFn: () => change('POST', `${path}/reject`, anyAnswer),
    onSuccess: () => navigate({ to: '/', replace: true }),
  })
  if (invitation.isPending)
    return (
      <AccountFrame title="Invitation">
        <SkeletonRows rows={3} />
      </AccountFrame>
    )
  if (invitation.isError && codeOf(invitation.error) !== 'invitation_not_found')
    return (
      <AccountFrame title="Invitation">
        <ErrorState error={invitation.error} onRetry={() => void invitation.refetch()} />
      </AccountFrame>
    )
  if (!invitation.data)
    return (
      <AccountFrame
        title="This invitation is not for you"
        text={
          <>
            It was for another address, was answered or withdrawn, or is too old. You are signed in as{' '}
            <strong className="break-all text-ink">{user.email}</strong>.
          </>
        }
      >
        <LinkButton to="/" className="w-full">
          To your projects
        </LinkButton>
      </AccountFrame>
    )
  const { organizationName, inviterName, role, expiresAt } = invitation.data
  return (
    <AccountFrame
      title={`Join ${organizationName}`}
      text={`${inviterName} invites you. The invitation is good until ${dateTime(expiresAt)}.`}
    >
      <dl className="mb-6 rounded-lg bg-raised px-4 py-3 text-sm">
        <dt className="text-muted">Your role</dt>
        <dd className="mt-0.5">
          <span className="font-medium">{roleNames[role]}</span>: {roleTexts[role]}
        </dd>
      </dl>
      <ErrorText error={accept.error ?? reject.error} className="mb-4" />
      <div className="flex flex-col gap-2">
        <Button busy={accept.isPending} disabled={reject.isPending} onClick={() => accept.mutate()}>
          Join
        </Button>
        <Button
          look="secondary"
          busy={reject.isPending}
          disabled={accept.isPending}
          onClick={() => reject.mutate()}
        >
          Decline
        </Button>
      </div>
    </AccountFrame>
  )
}
