import type { DashboardSession } from '@radist-tech/protocol/dashboard'
import { useMutation } from '@tanstack/react-query'
import { changeName } from '../api/auth.ts'
import { outdated } from '../api/dashboard.ts'
import { Button } from '../ui/Button.tsx'
import { Card } from '../ui/Card.tsx'
import { ErrorText } from '../ui/ErrorText.tsx'
import { TextField } from '../ui/Field.tsx'
import { onFields } from '../ui/form.ts'
import { showToast } from '../ui/toast.ts'

export function ProfileCard({ user }: { user: DashboardSession['user'] }) {
  const save = useMutation({
    mutationFn: changeName,
    onSuccess: async () => {
      await outdated('/session')
      showToast('Your name is changed.')
    },
  })
  return (
    <Card title="You" text="Members of your organisations see both.">
      <form
        className="flex max-w-md flex-col items-start gap-4"
        onSubmit={onFields((field) => save.mutate(field('name').trim()))}
      >
        <ErrorText error={save.error} className="self-stretch" />
        <TextField
          label="Name"
          name="name"
          defaultValue={user.name}
          required
          maxLength={64}
          autoComplete="name"
          className="self-stretch"
        />
        <TextField label="E-mail" value={user.email} readOnly className="self-stretch" />
        <Button type="submit" look="secondary" busy={save.isPending}>
          Save
        </Button>
      </form>
    </Card>
  )
}
