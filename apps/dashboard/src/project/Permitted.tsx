import type { DashboardPermission } from '@radist-tech/protocol/dashboard'
import { Lock } from 'lucide-react'
import type { ReactNode } from 'react'
import { Card } from '../ui/Card.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { PageHeader } from '../ui/PageHeader.tsx'
import { useMay, useProject } from './project.ts'

/** A page for roles with this permission; others are told why it is empty for them. */
export function Permitted(props: { needs: DashboardPermission; title: string; children: ReactNode }) {
  const { role } = useProject()
  if (useMay(props.needs)) return props.children
  return (
    <>
      <PageHeader title={props.title} />
      <Card flush>
        <EmptyState
          icon={Lock}
          title="Not for your role"
          text={`Your role in this organisation is ${role}, which does not include this page. An owner can change it.`}
        />
      </Card>
    </>
  )
}
