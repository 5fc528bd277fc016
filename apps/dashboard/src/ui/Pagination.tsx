import { ChevronLeft, ChevronRight } from 'lucide-react'
import { Button } from './Button.tsx'
import { count } from './format.ts'

/** Under a list in numbered pages: where one is, and the steps. `page` counts from 1. */
export function Pagination(props: {
  page: number
  limit: number
  total: number
  /** What is counted, when it is not the rows. */
  unit?: string
  onPage: (page: number) => void
}) {
  const { page, limit, total, onPage } = props
  const pages = Math.max(1, Math.ceil(total / limit))
  const first = Math.min(total, (page - 1) * limit + 1)
  const last = Math.min(total, page * limit)
  return (
    <nav
      aria-label="Pages"
      className="flex flex-wrap items-center justify-between gap-3 border-line border-t px-5 py-3 text-sm"
    >
      <p className="text-muted tabular-nums">
        {count(first)}–{count(last)} of {count(total)} {props.unit}
      </p>
      <div className="flex gap-2">
        <Button look="secondary" size="sm" disabled={page <= 1} onClick={() => onPage(page - 1)}>
          <ChevronLeft aria-hidden className="size-4" /> Newer
        </Button>
        <Button look="secondary" size="sm" disabled={page >= pages} onClick={() => onPage(page + 1)}>
          Older <ChevronRight aria-hidden className="size-4" />
        </Button>
      </div>
    </nav>
  )
}
