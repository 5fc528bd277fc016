import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ChevronsUpDown, Plus, Slash } from 'lucide-react'
import { useSession } from '../api/session.ts'
import { Menu, type MenuItem } from '../ui/Menu.tsx'
import { projectsQuery, usePlace } from './place.ts'

const button = 'flex min-h-9 min-w-0 items-center gap-1.5 rounded-lg px-2 font-medium text-sm hover:bg-raised'

function Shown({ name }: { name: string }) {
  return (
    <>
      <span className="max-w-[24vw] truncate sm:max-w-52">{name}</span>
      <ChevronsUpDown aria-hidden className="size-3.5 shrink-0 text-muted" />
    </>
  )
}

const Divider = () => <Slash aria-hidden className="size-4 shrink-0 -rotate-12 text-line" />

export function OrganizationSwitcher() {
  const { organizations } = useSession()
  const { organization } = usePlace()
  if (!organization) return null
  const items: MenuItem[] = [
    { kind: 'heading', text: 'Organisations' },
    ...organizations.map(
      ({ organizationId, name }): MenuItem => ({
        kind: 'link',
        text: name,
        link: <Link to="/organizations/$organizationId" params={{ organizationId }} />,
        current: organizationId === organization.organizationId,
      }),
    ),
    { kind: 'line' },
    {
      kind: 'link',
      text: 'New organisation',
      icon: <Plus aria-hidden className="size-4 text-muted" />,
      link: <Link to="/organizations/new" />,
    },
  ]
  return (
    <>
      <Divider />
      <Menu label={`Organisation: ${organization.name}`} items={items} className={button}>
        <Shown name={organization.name} />
      </Menu>
    </>
  )
}

export function ProjectSwitcher() {
  const { organization, project } = usePlace()
  const organizationId = organization?.organizationId ?? ''
  const projects = useQuery({
    ...projectsQuery(organizationId),
    enabled: organization !== null && project !== null,
  })
  if (!organization || !project) return null
  const items: MenuItem[] = [
    { kind: 'heading', text: `Projects of ${organization.name}` },
    ...(projects.data?.projects ?? [])
      .filter(({ archivedAt, projectId }) => archivedAt === null || projectId === project.projectId)
      .map(
        ({ projectId, name }): MenuItem => ({
          kind: 'link',
          text: name,
          link: <Link to="/projects/$projectId" params={{ projectId }} />,
          current: projectId === project.projectId,
        }),
      ),
    { kind: 'line' },
    {
      kind: 'link',
      text: 'All projects',
      link: <Link to="/organizations/$organizationId" params={{ organizationId }} />,
    },
  ]
  return (
    <>
      <Divider />
      <Menu label={`Project: ${project.name}`} items={items} className={button}>
        <Shown name={project.name} />
      </Menu>
    </>
  )
}
