import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { z } from 'zod'
import { answerTo } from '../../api/dashboard.ts'
import { fallBack, useLive } from './use-live.ts'

/**
 * An endpoint's answer, kept as it is now by the socket at `<path>/live`, whose frames are such answers.
 * @param isOver whether it will change no more, so that nothing is to be heard
 */
export function useLiveAnswer<S extends z.ZodType>(
  path: string,
  schema: S,
  isOver: (answer: z.output<S>) => boolean,
) {
  const client = useQueryClient()
  const options = answerTo(path, schema)
  const known = client.getQueryData<z.output<S>>(options.queryKey)
  const [over, setOver] = useState(known !== undefined && isOver(known))
  const live = useLive(over ? null : `${path}/live`, schema, (answer) =>
    client.setQueryData(options.queryKey, answer),
  )
  const query = useQuery({ ...options, refetchInterval: fallBack(live) })
  if (query.data !== undefined && isOver(query.data) !== over) setOver(!over)
  return { query, live, over }
}
