import type { DashboardSession, listProjectsAnswerSchema } from '@radist-tech/protocol/dashboard'
import { useMutation } from '@tanstack/react-query'
import { Ellipsis } from 'lucide-react'
import { useState } from 'react'
import type { z } from 'zod'
import { anyAnswer, change, outdated } from '../api/dashboard.ts'
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx'
import { Menu, type MenuItem } from '../ui/Menu.tsx'
import { NameDialog } from '../ui/NameDialog.tsx'
import { Cell, Table, TableHead, TableRow } from '../ui/Table.tsx'
import { TextLink } from '../ui/TextLink.tsx'
import { Time } from '../ui/Time.tsx'
import { showToast } from '../ui/toast.ts'
import { mayIn } from './organization.ts'

type Project = z.infer<typeof listProjectsAnswerSchema>['projects'][number]
type Organization = DashboardSession['organizations'][number]

/** Projects, and what can be done with each. */
export function ProjectTable(props: {
  label: string
  projects: readonly Project[]
  organization: Organization
}) {
  const { organization } = props
  const hasMenu = mayIn(organization, 'projects:manage') || mayIn(organization, 'projects:archive')
  return (
    <Table label={props.label}>
      <TableHead columns={['Name', 'Project id', 'Created', ...(hasMenu ? [{ hidden: 'Actions' }] : [])]} />
      <tbody>
        {props.projects.map((project) => (
          <TableRow key={project.projectId}>
            <Cell>
              <TextLink to="/projects/$projectId" params={{ projectId: project.projectId }}>
                {project.name}
              </TextLink>
            </Cell>
            <Cell className="whitespace-nowrap font-mono text-muted text-xs">{project.projectId}</Cell>
            <Cell className="text-muted">
              <Time at={project.createdAt} />
            </Cell>
            {hasMenu && (
              <Cell className="w-0 py-1.5 text-right">
                <ProjectMenu project={project} organization={organization} />
              </Cell>
            )}
          </TableRow>
        ))}
      </tbody>
    </Table>
  )
}

function ProjectMenu({ project, organization }: { project: Project; organization: Organization }) {
  const { projectId, name, archivedAt } = project
  const [asking, setAsking] = useState<'name' | 'archive' | null>(null)
  const done = async (text: string) => {
    setAsking(null)
    showToast(text)
    await Promise.all([
      outdated(`/organizations/${organization.organizationId}/projects`),
      outdated(`/projects/${projectId}`),
    ])
  }
  const rename = useMutation({
    mutationFn: (newName: string) => change('PATCH', `/projects/${projectId}`, anyAnswer, { name: newName }),
    onSuccess: (_, newName) => done(`The project is called ${newName} now.`),
  })
  const archive = useMutation({
    mutationFn: () => change('POST', `/projects/${projectId}/archive`, anyAnswer),
    onSuccess: () => done(`${name} is archived.`),
  })
  const restore = useMutation({
    mutationFn: () => change('POST', `/projects/${projectId}/restore`, anyAnswer),
    onSuccess: () => done(`${name} is open again.`),
    onError: (error) => showToast(error.message, 'failed'),
  })
  const close = () => {
    setAsking(null)
    rename.reset()
    archive.reset()
  }
  const items: MenuItem[] = []
  if (mayIn(organization, 'projects:manage') && archivedAt === null)
    items.push({ kind: 'action', text: 'Rename', onSelect: () => setAsking('name') })
  if (mayIn(organization, 'projects:archive'))
    items.push(
      archivedAt === null
        ? { kind: 'action', text: 'Archive', danger: true, onSelect: () => setAsking('archive') }
        : { kind: 'action', text: 'Restore', onSelect: () => restore.mutate() },
    )
  if (items.length === 0) return null
  return (
    <>
      <Menu
        label={`Actions for ${name}`}
        align="end"
        items={items}
        className="grid size-9 place-items-center rounded-lg text-muted hover:bg-raised hover:text-ink"
      >
        <Ellipsis aria-hidden className="size-4" />
      </Menu>
      <NameDialog
        open={asking === 'name'}
        title="Rename project"
        label="Name"
        name={name}
        action="Rename"
        busy={rename.isPending}
        error={rename.error}
        onName={(newName) => rename.mutate(newName)}
        onClose={close}
      />
      <ConfirmDialog
        open={asking === 'archive'}
        title={`Archive ${name}?`}
        text="Its keys stop creating calls and rooms at once. What is open goes on until it ends, and the project can be restored."
        action="Archive project"
        busy={archive.isPending}
        error={archive.error}
        onConfirm={() => archive.mutate()}
        onClose={close}
      />
    </>
  )
}
