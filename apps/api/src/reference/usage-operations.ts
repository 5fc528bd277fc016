/** What a project used, and its monthly limit. */
import {
  granularitySchema,
  roomUsageReportSchema,
  usageBudgetAnswerSchema,
  usageBudgetSchema,
  usageReportSchema,
  usageTimeSchema,
} from '@radist-tech/protocol'
import type { Operation, Parameter } from './operation.ts'
import { backendRefusals, bodyRefusals, pageParameters, pageRefusals } from './refusals.ts'
import { projectIdParameter, samples } from './samples.ts'

const timeParameters = (unit: string, length: string): Parameter[] => [
  {
    in: 'query',
    name: 'from',
    description: `ISO 8601, with a zone; a date is midnight in UTC. Moved back to the beginning of its ${unit}. Without it the range is ${length} long.`,
    schema: usageTimeSchema,
  },
  {
    in: 'query',
    name: 'to',
    description: `Likewise, moved on to the end of its ${unit}. Now, unless told.`,
    schema: usageTimeSchema,
  },
]

const rangeRefusals = {
  invalid_time_range: {
    when: '`from` or `to` is no time, comes twice, `from` is not before `to`, or the range is longer than 744 hours or 400 days.',
    request: { parameters: { from: '2026-11-02', to: '2026-11-01' } },
  },
  usage_not_kept: {
    when: 'The range begins before what is kept in this detail: 400 days by hour, 90 days by room. Sums by day are kept for ever.',
  },
} as const

const [dayStart, dayEnd] = ['2026-11-02T00:00:00.000Z', '2026-11-03T00:00:00.000Z']
const dayOf = { from: '2026-11-02', to: '2026-11-03' }
const { roomId, participantId } = samples

const budget = {
  monthlyLimitSeconds: 1000,
  stopsAtLimit: true,
  month: { start: '2026-11-01T00:00:00.000Z', end: '2026-12-01T00:00:00.000Z' },
  usedSeconds: 850,
  usedPercent: 85,
  thresholds: [
    { percent: 80, seconds: 800, reached: true },
    { percent: 100, seconds: 1000, reached: false },
  ],
  events: [
    {
      id: samples.eventId,
      type: 'usage.threshold',
      createdAt: samples.endedAt,
      data: { month: '2026-11', percent: 80, monthlyLimitSeconds: 1000, usedSeconds: 850 },
    },
  ],
}
const unlimited = { monthlyLimitSeconds: null, stopsAtLimit: false, usedPercent: null, thresholds: [] }

const csv =
  'With `Accept: text/csv` the answer is CSV (RFC 4180) with a header row; refusals are JSON all the same.'

export const usageOperations: readonly Operation[] = [
  {
    id: 'getUsage',
    method: 'get',
    path: '/api/v1/projects/{projectId}/usage',
    tag: 'Usage',
    summary: 'Usage by day or hour',
    description:
      'Participant seconds in SFU rooms, the range’s sum and that of each of its days or hours in UTC. Those in ' +
      `which nothing was used are there with 0. Ranges have at most 744 hours or 400 days. ${csv}`,
    caller: 'backend',
    parameters: [
      projectIdParameter,
      ...timeParameters('day or hour', '30 days, or 24 hours,'),
      {
        in: 'query',
        name: 'granularity',
        description: '`day` unless told.',
        schema: granularitySchema,
      },
    ],
    success: {
      status: 200,
      description: 'The range as it was widened, and its sums.',
      schema: usageReportSchema,
      csv: `start,seconds\r\n${dayStart},3600\r\n`,
      examples: {
        day: {
          summary: 'One day',
          request: { parameters: dayOf },
          answer: {
            from: dayStart,
            to: dayEnd,
            seconds: 3600,
            granularity: 'day',
            buckets: [{ start: dayStart, seconds: 3600 }],
          },
        },
        hours: {
          summary: 'Two hours of it, asked for from the middle of the first',
          request: {
            parameters: { from: '2026-11-02T08:30:00Z', to: '2026-11-02T10:00:00Z', granularity: 'hour' },
          },
          answer: {
            from: '2026-11-02T08:00:00.000Z',
            to: '2026-11-02T10:00:00.000Z',
            seconds: 3600,
            granularity: 'hour',
            buckets: [
              { start: '2026-11-02T08:00:00.000Z', seconds: 0 },
              { start: '2026-11-02T09:00:00.000Z', seconds: 3600 },
            ],
          },
        },
      },
    },
    refusals: {
      invalid_granularity: {
        when: '`granularity` is neither `hour` nor `day`, or comes twice.',
        request: { parameters: { granularity: 'minute' } },
      },
      ...rangeRefusals,
      usage_not_kept: {
        ...rangeRefusals.usage_not_kept,
        request: { parameters: { from: '2024-11-02', to: '2024-11-03', granularity: 'hour' } },
      },
      ...backendRefusals,
    },
  },
  {
    id: 'getRoomUsage',
    method: 'get',
    path: '/api/v1/projects/{projectId}/usage/rooms',
    tag: 'Usage',
    summary: 'Usage by room and participant',
    description:
      'Who used how many seconds in which room on which day (UTC), the newest day first. A page has `limit` ' +
      'participants; when more follow, the `Link` header leads to the next one (RFC 8288). Kept for 90 days. ' +
      csv,
    caller: 'backend',
    parameters: [projectIdParameter, ...timeParameters('day', '30 days'), ...pageParameters('participants')],
    success: {
      status: 200,
      description: 'A page. `seconds` and `total` are those of the whole range.',
      schema: roomUsageReportSchema,
      csv: `day,roomId,participantId,seconds\r\n2026-11-02,${roomId},${participantId},3600\r\n`,
      examples: {
        day: {
          summary: 'One room on one day',
          request: { parameters: dayOf },
          answer: {
            from: dayStart,
            to: dayEnd,
            seconds: 3600,
            rooms: [
              {
                day: '2026-11-02',
                roomId,
                seconds: 3600,
                participants: [{ participantId, seconds: 3600 }],
              },
            ],
            page: 1,
            limit: 20,
            total: 1,
          },
        },
      },
    },
    refusals: {
      ...pageRefusals,
      ...rangeRefusals,
      usage_not_kept: {
        ...rangeRefusals.usage_not_kept,
        request: { parameters: { from: '2024-11-02', to: '2024-11-03' } },
      },
      ...backendRefusals,
    },
  },
  {
    id: 'getUsageBudget',
    method: 'get',
    path: '/api/v1/projects/{projectId}/usage/budget',
    tag: 'Usage',
    summary: 'The monthly limit',
    description:
      'The project’s own limit of participant seconds in a calendar month (UTC), and what this month has used of it.',
    caller: 'backend',
    parameters: [projectIdParameter],
    success: {
      status: 200,
      description: 'The limit and the month.',
      schema: usageBudgetAnswerSchema,
      examples: {
        unlimited: {
          summary: 'No limit was set',
          answer: { ...budget, ...unlimited, events: [] },
        },
        reached: { summary: 'More than 80 % is used', answer: budget },
      },
    },
    refusals: backendRefusals,
  },
  {
    id: 'setUsageBudget',
    method: 'put',
    path: '/api/v1/projects/{projectId}/usage/budget',
    tag: 'Usage',
    summary: 'Set the monthly limit',
    description:
      'An event `usage.threshold` is recorded when a month’s usage reaches 80 % and 100 % of the limit, each once ' +
      'in the month, at once if it is reached already. A limit raised above what is used lets the thresholds that ' +
      'are above the usage be told again. With `stopsAtLimit` no room is created from the limit on, until the month ends or ' +
      'the limit is raised; rooms that are open go on.',
    caller: 'backend',
    parameters: [projectIdParameter],
    body: { schema: usageBudgetSchema, required: true },
    success: {
      status: 200,
      description: 'The limit holds.',
      schema: usageBudgetAnswerSchema,
      examples: {
        reached: {
          summary: 'A limit of which the month has used 85 %',
          request: { body: { monthlyLimitSeconds: 1000, stopsAtLimit: true } },
          answer: budget,
        },
        unlimited: {
          summary: 'No limit',
          request: { body: { monthlyLimitSeconds: null, stopsAtLimit: false } },
          answer: { ...budget, ...unlimited, events: [] },
        },
      },
    },
    refusals: {
      invalid_body: {
        when: 'The body is not JSON, a field is missing or unknown, or a value is out of its range.',
        request: { body: { monthlyLimitSeconds: 0, stopsAtLimit: true } },
      },
      body_too_large: bodyRefusals.body_too_large,
      ...backendRefusals,
    },
  },
]
