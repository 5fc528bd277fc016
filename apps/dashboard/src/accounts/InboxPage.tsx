import { inboxAnswerSchema } from '@radist-tech/protocol/dashboard'
import { useQuery } from '@tanstack/react-query'
import { Mail } from 'lucide-react'
import { Fragment } from 'react'
import { request } from '../api/request.ts'
import { Button } from '../ui/Button.tsx'
import { Card } from '../ui/Card.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { ErrorState } from '../ui/ErrorState.tsx'
import { Logo } from '../ui/Logo.tsx'
import { PageHeader } from '../ui/PageHeader.tsx'
import { SkeletonRows } from '../ui/Skeleton.tsx'
import { Time } from '../ui/Time.tsx'

const REFRESH_MS = 3000
const LINK = /(https?:\/\/\S+)/

/** The mails of a development installation, which sends none. */
export default function InboxPage() {
  const inbox = useQuery({
    queryKey: ['inbox'],
    queryFn: ({ signal }) => request('GET', '/api/dev/inbox', inboxAnswerSchema, { signal }),
    refetchInterval: REFRESH_MS,
  })
  const mails = inbox.data?.mails ?? []
  return (
    <div className="mx-auto w-full max-w-3xl px-4 pb-20 sm:px-8">
      <header className="py-4">
        <Logo />
      </header>
      <main className="pt-4">
        <PageHeader
          title="Inbox"
          text="Mails that this development installation would have sent, to whomever. The newest comes first."
        >
          <Button
            look="secondary"
            busy={inbox.isFetching && !inbox.isRefetching}
            onClick={() => void inbox.refetch()}
          >
            Look again
          </Button>
        </PageHeader>
        {(mails.length === 0 || !inbox.isSuccess) && (
          <Card flush>
            {inbox.isPending && <SkeletonRows />}
            {inbox.isError && <ErrorState error={inbox.error} onRetry={() => void inbox.refetch()} />}
            {inbox.isSuccess && (
              <EmptyState icon={Mail} title="No mail yet" text="Sign up, or ask for a new password." />
            )}
          </Card>
        )}
        <ul className="flex flex-col gap-4">
          {mails.map((mail) => (
            <li key={mail.mailId}>
              <article
                data-testid="mail"
                aria-label={`${mail.subject}, to ${mail.to}`}
                className="rounded-xl border border-line bg-surface p-5"
              >
                <div className="flex flex-wrap items-baseline justify-between gap-x-4">
                  <h2 className="font-semibold text-[0.95rem]">{mail.subject}</h2>
                  <p className="text-muted text-xs">
                    <Time at={mail.sentAt} />
                  </p>
                </div>
                <p className="mt-0.5 break-all text-muted text-sm">To {mail.to}</p>
                <p className="mt-4 whitespace-pre-line break-words text-sm leading-relaxed">
                  <WithLinks text={mail.text.trim()} />
                </p>
              </article>
            </li>
          ))}
        </ul>
      </main>
    </div>
  )
}

/** The text with its addresses as links: those that the split finds stand at odd places. */
function WithLinks({ text }: { text: string }) {
  return text.split(LINK).map((part, index) =>
    index % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: a mail does not change
      <a key={index} href={part} className="break-all font-medium text-accent underline underline-offset-4">
        {part}
      </a>
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: a mail does not change
      <Fragment key={index}>{part}</Fragment>
    ),
  )
}
