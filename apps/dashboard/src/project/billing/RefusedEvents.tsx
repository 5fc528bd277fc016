import { listMeterEventsAnswerSchema, type MeterEventAnswer } from '@radist-tech/protocol/meter-events'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { answerTo, anyAnswer, change, outdated } from '../../api/dashboard.ts'
import { wordsOf } from '../../api/words.ts'
import { Button } from '../../ui/Button.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { count } from '../../ui/format.ts'
import { Time } from '../../ui/Time.tsx'
import { showToast } from '../../ui/toast.ts'
import { useMay } from '../project.ts'

const LIMIT = 20

const reasons: Record<NonNullable<MeterEventAnswer['reason']>, string> = {
  stripe: 'Stripe refused it',
  'too-old': 'Too old for Stripe',
  'outcome-unknown': 'Stripe may have it: what became of it is not known',
}

/** Usage that Stripe does not have, and that goes there only when somebody says so. */
export function RefusedEvents({ projectId }: { projectId: string }) {
  const [page, setPage] = useState(1)
  const events = useQuery(
    answerTo(`/projects/${projectId}/billing/meter-events`, listMeterEventsAnswerSchema, {
      state: 'refused',
      page,
      limit: LIMIT,
    }),
  )
  const mayManage = useMay('billing:manage')
  const [asking, setAsking] = useState<MeterEventAnswer | null>(null)
  const resend = useMutation({
    mutationFn: ({ identifier, reason }: MeterEventAnswer) =>
      change(
        'POST',
        `/projects/${projectId}/billing/meter-events/${encodeURIComponent(identifier)}/resend`,
        anyAnswer,
        { confirmNotDelivered: reason === 'outcome-unknown' },
      ),
    onSuccess: async () => {
      setAsking(null)
      showToast('It is sent again.')
      await outdated(`/projects/${projectId}/billing`)
    },
    onError: (error) => showToast(wordsOf(error), 'failed'),
  })
  const list = events.data
  return (
    <div className="mt-4">
      <ErrorText error={events.error} />
      <ul className="flex flex-col divide-y divide-line rounded-lg border border-line">
        {list?.meterEvents.map((event) => (
          <li
            key={event.identifier}
            className="flex flex-wrap items-center gap-x-4 gap-y-2 px-3 py-2.5 text-sm"
          >
            <div className="min-w-0 grow">
              <p className="tabular-nums">
                {count(event.seconds)} seconds until <Time at={event.end} />
              </p>
              <p className="break-words text-muted text-xs">
                {event.reason && reasons[event.reason]}
                {event.message && `: ${event.message}`}
              </p>
            </div>
            {mayManage && (
              <Button
                look="secondary"
                size="sm"
                busy={resend.isPending && resend.variables.identifier === event.identifier}
                onClick={() => (event.reason === 'outcome-unknown' ? setAsking(event) : resend.mutate(event))}
              >
                Send again
              </Button>
            )}
          </li>
        ))}
      </ul>
      {list && list.total > list.page * list.limit && (
        <Button look="quiet" size="sm" className="mt-2" onClick={() => setPage(page + 1)}>
          Older ones
        </Button>
      )}
      <ConfirmDialog
        open={asking !== null}
        title="Does Stripe not have it?"
        text="What became of this one is not known. Look for it in Stripe first: if it is there and is sent again, it is billed twice."
        action="Stripe does not have it, send it"
        busy={resend.isPending}
        error={null}
        onConfirm={() => asking && resend.mutate(asking)}
        onClose={() => setAsking(null)}
      />
    </div>
  )
}
