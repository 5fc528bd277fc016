/** What a project used, and its budget, for its backend: `/api/v1/projects/:projectId/usage`. */
import { type RoomUsageReport, type UsageReport, usageBudgetSchema } from '@radist-tech/protocol'
import { type Context, Hono } from 'hono'
import { accepts } from 'hono/accepts'
import Papa from 'papaparse'
import { ApiError } from '../api-error.ts'
import { authorize, authorizedBody, type Backend, backendOf } from '../backend.ts'
import { type RangeRefusal, roomUsageRange, type UsageRange, usageRange } from '../domain/usage-range.ts'
import type { Env } from '../env.ts'
import type { Answered } from '../objects/project-requests.ts'
import { pageOf, queryValue } from '../paging.ts'

type UsageContext = Context<{ Bindings: Env }>

export const usage = new Hono<{ Bindings: Env }>()

usage.get('/', (c) => usageReport(c, backendOf(c)))
usage.get('/rooms', (c) => roomUsageReport(c, backendOf(c)))
usage.get('/budget', (c) => usageBudget(c, backendOf(c)))
usage.put('/budget', (c) => setUsageBudget(c, backendOf(c)))

export async function usageReport(c: UsageContext, backend: Backend): Promise<Response> {
  const range = await authorizedQuery(c, backend, () => {
    const granularity = queryValue(c, 'granularity', 'invalid_granularity')
    return rangeOf(usageRange({ ...timesOf(c), granularity }, Date.now()))
  })
  const { projectId, credential } = backend
  const report = answerOf(await projectOf(c, projectId).usageReport(projectId, credential, range))
  return inFormat(c, report, csvOfReport)
}

export async function roomUsageReport(c: UsageContext, backend: Backend): Promise<Response> {
  const { range, page } = await authorizedQuery(c, backend, () => ({
    range: rangeOf(roomUsageRange(timesOf(c), Date.now())),
    page: pageOf(c),
  }))
  const { projectId, credential } = backend
  const project = projectOf(c, projectId)
  const report = answerOf(await project.roomUsageReport(projectId, credential, range, page))
  if (report.page * report.limit < report.total) c.header('link', `<${nextPage(c, report)}>; rel="next"`)
  return inFormat(c, report, csvOfRooms)
}

export async function usageBudget(c: UsageContext, { projectId, credential }: Backend): Promise<Response> {
  return c.json(answerOf(await projectOf(c, projectId).usageBudget(projectId, credential, null)))
}

export async function setUsageBudget(c: UsageContext, backend: Backend): Promise<Response> {
  const budget = await authorizedBody(c, backend, usageBudgetSchema)
  const { projectId, credential } = backend
  return c.json(answerOf(await projectOf(c, projectId).usageBudget(projectId, credential, budget)))
}

/** What the query asks for. Whoever may not act for the project is told that first, whatever it is. */
async function authorizedQuery<T>(c: UsageContext, backend: Backend, read: () => T): Promise<T> {
  try {
    return read()
  } catch (error) {
    await authorize(c.env, backend)
    throw error
  }
}

const projectOf = ({ env }: UsageContext, projectId: string) => env.PROJECT.getByName(projectId)

const timesOf = (c: UsageContext) => ({
  from: queryValue(c, 'from', 'invalid_time_range'),
  to: queryValue(c, 'to', 'invalid_time_range'),
})

function rangeOf(range: UsageRange | RangeRefusal): UsageRange {
  if (typeof range === 'string') throw new ApiError(range)
  return range
}

function answerOf<T>(answered: Answered<T>): T {
  if (!answered.ok) throw new ApiError(answered.code)
  return answered.answer
}

/** As JSON, or as CSV (RFC 4180) for whoever prefers that. */
function inFormat<T extends object>(c: UsageContext, report: T, csvOf: (report: T) => string): Response {
  c.header('vary', 'Accept')
  const supports = ['application/json', 'text/csv']
  if (accepts(c, { header: 'Accept', supports, default: 'application/json' }) !== 'text/csv')
    return c.json(report)
  return c.body(csvOf(report), 200, { 'content-type': 'text/csv; charset=utf-8; header=present' })
}

const csvOfReport = ({ buckets }: UsageReport): string =>
  csv(
    ['start', 'seconds'],
    buckets.map(({ start, seconds }) => [start, seconds]),
  )

const csvOfRooms = ({ rooms }: RoomUsageReport): string =>
  csv(
    ['day', 'roomId', 'participantId', 'seconds'],
    rooms.flatMap(({ day, roomId, participants }) =>
      participants.map(({ participantId, seconds }) => [day, roomId, participantId, seconds]),
    ),
  )

/** No value is a formula to a spreadsheet, whatever it begins with. Every line ends, also the last one. */
const csv = (fields: string[], data: (string | number)[][]): string =>
  `${Papa.unparse({ fields, data }, { escapeFormulae: true })}\r\n`

/** Where the rest is: the same question, from the page after this. */
function nextPage(c: UsageContext, { page, from, to }: RoomUsageReport): string {
  const url = new URL(c.req.url)
  // Written out, so that all pages are of one range though time passes.
  for (const [name, value] of Object.entries({ from, to, page: page + 1 }))
    url.searchParams.set(name, String(value))
  return `${url.pathname}${url.search}`
}
