import { useQuery } from '@tanstack/react-query'
import { configurationQuery } from '../api/session.ts'
import { TextLink } from '../ui/TextLink.tsx'

/** In development mails go nowhere: where to read them. Nothing in production. */
export function InboxHint() {
  const { data } = useQuery(configurationQuery)
  if (data?.environment !== 'development') return null
  return (
    <p className="mt-5 rounded-lg bg-raised px-3 py-2.5 text-sm">
      This is a development installation: its mails are in the <TextLink to="/dev/inbox">inbox</TextLink>.
    </p>
  )
}
