import { expect, it } from 'vitest'
import { organizationLinks, projectLinks } from './navigation.ts'

const names = (links: readonly { name: string }[]): string[] => links.map(({ name }) => name)

it.each([
  {
    role: 'owner',
    project: ['Overview', 'Calls', 'Rooms', 'Keys', 'Billing', 'Webhooks', 'Settings', 'Playground'],
    organization: ['Projects', 'Members', 'Audit log'],
  },
  {
    role: 'developer',
    project: ['Overview', 'Calls', 'Rooms', 'Keys', 'Billing', 'Webhooks', 'Settings', 'Playground'],
    organization: ['Projects', 'Members'],
  },
  { role: 'billing', project: ['Overview', 'Billing'], organization: ['Projects', 'Members'] },
] as const)('what $role is led to', ({ role, project, organization }) => {
  expect(names(projectLinks('p', role))).toEqual(project)
  expect(names(organizationLinks('o', role))).toEqual(organization)
})
