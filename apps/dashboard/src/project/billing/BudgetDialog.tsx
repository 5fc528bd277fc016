import type { UsageBudget } from '@radist-tech/protocol/usage'
import { useState } from 'react'
import { Button } from '../../ui/Button.tsx'
import { Checkbox } from '../../ui/Checkbox.tsx'
import { Dialog, DialogButtons } from '../../ui/Dialog.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { TextField } from '../../ui/Field.tsx'
import { count } from '../../ui/format.ts'
import { budgetOf } from './month-budget.ts'

export function BudgetDialog(props: {
  budget: UsageBudget
  busy: boolean
  error: Error | null
  onSave: (budget: UsageBudget) => void
  onClose: () => void
}) {
  const { monthlyLimitSeconds, stopsAtLimit } = props.budget
  const [limit, setLimit] = useState(monthlyLimitSeconds === null ? '' : count(monthlyLimitSeconds))
  const [stops, setStops] = useState(stopsAtLimit)
  const [problem, setProblem] = useState<string | null>(null)
  return (
    <Dialog
      open
      onClose={props.onClose}
      title="Monthly limit"
      text="For a calendar month in UTC. The project is told at 80 and at 100 percent, by webhook and on this page."
    >
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          const budget = budgetOf({ limit, stops })
          if (typeof budget === 'string') setProblem(budget)
          else props.onSave(budget)
        }}
      >
        <ErrorText error={props.error} className="mb-4" />
        <TextField
          label="Participant seconds"
          hint="Empty for no limit."
          inputMode="numeric"
          autoComplete="off"
          value={limit}
          error={problem}
          onChange={(event) => {
            setLimit(event.currentTarget.value)
            setProblem(null)
          }}
        />
        <Checkbox
          className="mt-4"
          checked={stops}
          onChange={setStops}
          label="Create no rooms beyond it"
          hint="What is open goes on."
        />
        <DialogButtons>
          <Button look="secondary" onClick={props.onClose}>
            Cancel
          </Button>
          <Button type="submit" busy={props.busy}>
            Save
          </Button>
        </DialogButtons>
      </form>
    </Dialog>
  )
}
