import { projectSettingsAnswerSchema } from '@radist-tech/protocol/dashboard'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { change, outdated } from '../../api/dashboard.ts'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { SelectField, TextArea, TextField } from '../../ui/Field.tsx'
import { count } from '../../ui/format.ts'
import { showToast } from '../../ui/toast.ts'
import { useMay } from '../project.ts'
import { IceServers } from './IceServers.tsx'
import {
  bodyOf,
  fieldsOf,
  type Settings,
  type SettingsBody,
  type SettingsFields,
  type SettingsProblems,
} from './settings-form.ts'

const accessControls = [
  { value: 'public', label: 'Public: with the public key and the id' },
  { value: 'private', label: 'Private: your backend alone' },
] as const

export function SettingsForm({ projectId, settings }: { projectId: string; settings: Settings }) {
  const mayManage = useMay('settings:manage')
  const [fields, setFields] = useState(() => fieldsOf(settings))
  const [problems, setProblems] = useState<SettingsProblems>({})
  const save = useMutation({
    mutationFn: (body: SettingsBody) =>
      change('PUT', `/projects/${projectId}/settings`, projectSettingsAnswerSchema, body),
    onSuccess: async () => {
      showToast('The settings are saved, and hold from now on.')
      await outdated(`/projects/${projectId}`)
    },
  })
  const edit = (part: Partial<SettingsFields>) => {
    setFields({ ...fields, ...part })
    setProblems({})
  }
  return (
    <form
      noValidate
      className="flex flex-col gap-6"
      onSubmit={(event) => {
        event.preventDefault()
        const result = bodyOf(fields, settings.maxConnectionLimit)
        if (result.ok) save.mutate(result.body)
        else setProblems(result.problems)
      }}
    >
      <fieldset disabled={!mayManage} className="contents">
        <Card title="Who may come in">
          <div className="flex max-w-xl flex-col gap-5">
            <TextArea
              label="Allowed origins"
              hint="Of pages that may use the public key, one on a line, such as https://app.example. Empty: all."
              rows={4}
              spellCheck={false}
              value={fields.origins}
              error={problems.origins}
              onChange={(event) => edit({ origins: event.currentTarget.value })}
              className="[&_textarea]:font-mono"
            />
            <SelectField
              label="Default access to calls"
              hint="Of those that your backend creates without saying who may mint tokens for them."
              options={accessControls}
              value={fields.defaultAccessControl}
              onValue={(defaultAccessControl) => edit({ defaultAccessControl })}
            />
            <TextField
              label="Calls and rooms open at once"
              hint={`At most ${count(settings.maxConnectionLimit)}, as the plan allows. One more is refused with 429.`}
              inputMode="numeric"
              autoComplete="off"
              value={fields.connectionLimit}
              error={problems.connectionLimit}
              onChange={(event) => edit({ connectionLimit: event.currentTarget.value })}
              className="[&_input]:max-w-56"
            />
          </div>
        </Card>
        <IceServers
          servers={fields.iceServers}
          problem={problems.iceServers ?? null}
          onServers={(iceServers) => edit({ iceServers })}
        />
        <div className="flex flex-wrap items-center gap-4">
          {mayManage ? (
            <Button type="submit" busy={save.isPending}>
              Save settings
            </Button>
          ) : (
            <p className="text-muted text-sm">Developers and owners can change this.</p>
          )}
          <ErrorText error={save.error} />
        </div>
      </fieldset>
    </form>
  )
}
