import {
  type UsageBudget,
  type UsageBudgetAnswer,
  usageBudgetAnswerSchema,
} from '@radist-tech/protocol/usage'
import { useMutation } from '@tanstack/react-query'
import { Bell, BellRing } from 'lucide-react'
import { useState } from 'react'
import { change, outdated } from '../../api/dashboard.ts'
import { Badge } from '../../ui/Badge.tsx'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { count } from '../../ui/format.ts'
import { Meter } from '../../ui/Meter.tsx'
import { Time } from '../../ui/Time.tsx'
import { showToast } from '../../ui/toast.ts'
import { useMay } from '../project.ts'
import { BudgetDialog } from './BudgetDialog.tsx'

/** What the project wants to spend in a month, and what it is told on the way there. */
export function Budget({ projectId, budget }: { projectId: string; budget: UsageBudgetAnswer }) {
  const mayManage = useMay('billing:manage')
  const [editing, setEditing] = useState(false)
  const save = useMutation({
    mutationFn: (wanted: UsageBudget) =>
      change('PUT', `/projects/${projectId}/budget`, usageBudgetAnswerSchema, wanted),
    onSuccess: async () => {
      setEditing(false)
      showToast('The limit is saved.')
      await outdated(`/projects/${projectId}/billing`)
    },
  })
  const { monthlyLimitSeconds, stopsAtLimit, usedSeconds } = budget
  const used = `${count(usedSeconds)} of ${count(monthlyLimitSeconds ?? 0)} seconds used`
  return (
    <Card
      title="Limit and alarms"
      actions={
        mayManage && (
          <Button look="secondary" size="sm" onClick={() => setEditing(true)}>
            {monthlyLimitSeconds === null ? 'Set a limit' : 'Change'}
          </Button>
        )
      }
    >
      {monthlyLimitSeconds === null ? (
        <p className="text-muted text-sm leading-relaxed">
          There is no monthly limit, and so nobody is told before the bill is. {count(usedSeconds)} seconds
          are used this month.
        </p>
      ) : (
        <div className="flex flex-col gap-4 text-sm">
          <div>
            <p className="mb-2 tabular-nums">{used}, this month</p>
            <Meter used={usedSeconds} most={monthlyLimitSeconds} />
          </div>
          <p className="text-muted">
            {stopsAtLimit
              ? 'At the limit no room can be created any more; open ones go on.'
              : 'The limit only tells: rooms go on being created beyond it.'}
          </p>
          <ul className="flex flex-col gap-2">
            {budget.thresholds.map(({ percent, seconds, reached }) => {
              const Icon = reached ? BellRing : Bell
              return (
                <li key={percent} className="flex items-center gap-2.5 tabular-nums">
                  <Icon
                    aria-hidden
                    className={`size-4 shrink-0 ${reached ? 'text-warning' : 'text-muted'}`}
                  />
                  <span className="grow">
                    {percent}% <span className="text-muted">at {count(seconds)} seconds</span>
                  </span>
                  {reached ? <Badge look="warning">Reached</Badge> : <Badge>Not reached</Badge>}
                </li>
              )
            })}
          </ul>
        </div>
      )}
      {budget.events.length > 0 && <Told events={budget.events} />}
      {editing && (
        <BudgetDialog
          budget={budget}
          busy={save.isPending}
          error={save.error}
          onSave={(wanted) => save.mutate(wanted)}
          onClose={() => {
            setEditing(false)
            save.reset()
          }}
        />
      )}
    </Card>
  )
}

/** Alarms of before, the newest first. */
const Told = ({ events }: Pick<UsageBudgetAnswer, 'events'>) => (
  <details className="mt-4 border-line border-t pt-4 text-sm">
    <summary className="cursor-pointer font-medium">Alarms so far</summary>
    <ul className="mt-3 flex flex-col gap-2">
      {events.map(({ id, createdAt, data }) => (
        <li key={id} className="flex flex-wrap justify-between gap-x-4 text-muted tabular-nums">
          <span>
            {data.percent}% of {count(data.monthlyLimitSeconds)} seconds
          </span>
          <Time at={createdAt} />
        </li>
      ))}
    </ul>
  </details>
)
