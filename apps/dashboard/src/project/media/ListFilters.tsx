import { Search, X } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { Button } from '../../ui/Button.tsx'
import { SelectField, TextField } from '../../ui/Field.tsx'
import { idIn, isNarrowed, type ListSearch } from './list-search.ts'

const states = [
  { value: 'all', label: 'Open and ended' },
  { value: 'open', label: 'Open' },
  { value: 'ended', label: 'Ended' },
] as const

/** Narrows a list down; each choice begins at the first page. */
export function ListFilters(props: {
  kind: 'call' | 'room'
  search: ListSearch
  onSearch: (search: ListSearch) => void
}) {
  const { search, onSearch } = props
  const [problem, setProblem] = useState<string | null>(null)
  const narrow = (part: ListSearch) => onSearch({ ...search, ...part, page: undefined })
  const find = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const typed = String(new FormData(event.currentTarget).get('id') ?? '')
    const id = idIn(typed)
    setProblem(id || typed.trim() === '' ? null : 'An id has 32 digits and letters in five groups.')
    if (id) narrow({ id })
    else if (typed.trim() === '') narrow({ id: undefined })
  }
  return (
    <search aria-label={`Find ${props.kind}s`}>
      <form onSubmit={find} className="mb-4 flex flex-wrap items-start gap-3">
        <SelectField
          label="State"
          className="w-[calc(50%-0.375rem)] sm:w-44"
          options={states}
          value={search.state ?? 'all'}
          onValue={(state) => narrow({ state: state === 'all' ? undefined : state })}
        />
        <TextField
          label="Day (UTC)"
          type="date"
          className="w-[calc(50%-0.375rem)] sm:w-44"
          value={search.day ?? ''}
          onChange={(event) => narrow({ day: event.currentTarget.value || undefined })}
        />
        <TextField
          // Another address is another text in the field.
          key={search.id ?? ''}
          label="Id"
          name="id"
          type="search"
          autoComplete="off"
          spellCheck={false}
          placeholder="Paste an id"
          defaultValue={search.id ?? ''}
          error={problem}
          className="min-w-0 grow basis-full sm:max-w-96 [&_input]:font-mono sm:basis-56"
        />
        <div className="flex gap-2 sm:mt-6.5">
          <Button type="submit" look="secondary">
            <Search aria-hidden className="size-4" /> Find
          </Button>
          {isNarrowed(search) && (
            <Button look="quiet" onClick={() => onSearch({})}>
              <X aria-hidden className="size-4" /> Clear
            </Button>
          )}
        </div>
      </form>
    </search>
  )
}
