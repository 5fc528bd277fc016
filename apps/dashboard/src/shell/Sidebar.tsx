import { Link, type LinkProps } from '@tanstack/react-router'
import { BookOpen, type LucideIcon } from 'lucide-react'
import { useSession } from '../api/session.ts'
import { accountLinks, organizationLinks, projectLinks } from './navigation.ts'
import { usePlace } from './place.ts'

const linkClass =
  'flex min-h-9 items-center gap-2.5 rounded-lg px-3 text-muted text-sm transition-colors hover:bg-raised hover:text-ink aria-[current=page]:bg-raised aria-[current=page]:font-medium aria-[current=page]:text-ink'

/** The pages of the project one is in, of its organisation, and one's own. */
export function Sidebar() {
  const { organization, project } = usePlace()
  const { isOperator } = useSession()
  return (
    <nav aria-label="Main" className="flex flex-col gap-6">
      {project && <Group name="Project" links={projectLinks(project.projectId, project.role)} />}
      {organization && (
        <Group
          name="Organisation"
          links={organizationLinks(organization.organizationId, organization.role)}
        />
      )}
      <Group name="You" links={accountLinks(isOperator)} />
      {/* Served by the Worker, as a page of its own. */}
      <a href="/docs/api" className={linkClass}>
        <BookOpen aria-hidden className="size-4 shrink-0" strokeWidth={1.75} />
        API reference
      </a>
    </nav>
  )
}

function Group(props: {
  name: string
  links: readonly { name: string; icon: LucideIcon; link: LinkProps }[]
}) {
  return (
    <div>
      <p className="px-3 pb-1.5 font-medium text-muted text-xs">{props.name}</p>
      <ul className="flex flex-col gap-0.5">
        {props.links.map(({ name, icon: Icon, link }) => (
          <li key={name}>
            <Link
              {...link}
              activeOptions={{ exact: name === 'Overview' || name === 'Projects' }}
              className={linkClass}
            >
              <Icon aria-hidden className="size-4 shrink-0" strokeWidth={1.75} />
              {name}
            </Link>
          </li>
        ))}
      </ul>
    </div>
  )
}
