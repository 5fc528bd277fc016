import { organizationAnswerSchema } from '@radist-tech/protocol/dashboard'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { change, outdated } from '../api/dashboard.ts'
import { Button } from '../ui/Button.tsx'
import { Card } from '../ui/Card.tsx'
import { ErrorText } from '../ui/ErrorText.tsx'
import { TextField } from '../ui/Field.tsx'
import { onFields } from '../ui/form.ts'
import { PageHeader } from '../ui/PageHeader.tsx'

export default function NewOrganizationPage() {
  const navigate = useNavigate()
  const create = useMutation({
    mutationFn: (name: string) => change('POST', '/organizations', organizationAnswerSchema, { name }),
    onSuccess: async ({ organizationId }) => {
      await outdated('/session')
      await navigate({ to: '/organizations/$organizationId', params: { organizationId } })
    },
  })
  return (
    <>
      <PageHeader
        title="New organisation"
        text="It holds projects, the people who work on them, and one bill for all."
      />
      <Card className="max-w-lg">
        <form
          className="flex flex-col items-start gap-4"
          onSubmit={onFields((field) => create.mutate(field('name').trim()))}
        >
          <ErrorText error={create.error} className="self-stretch" />
          <TextField
            label="Name"
            name="name"
            required
            maxLength={64}
            autoComplete="organization"
            className="self-stretch"
          />
          <Button type="submit" busy={create.isPending}>
            Create organisation
          </Button>
        </form>
      </Card>
    </>
  )
}
