import {
  type WebhookEndpoint,
  type WebhookEventType,
  webhookEndpointBodySchema,
  webhookEventTypeSchema,
} from '@radist-tech/protocol/dashboard'
import { useState } from 'react'
import { Button } from '../../ui/Button.tsx'
import { Checkbox } from '../../ui/Checkbox.tsx'
import { DialogButtons } from '../../ui/Dialog.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { TextField } from '../../ui/Field.tsx'
import { eventTypes } from './event-types.ts'

export type EndpointFields = Pick<WebhookEndpoint, 'url' | 'description' | 'eventTypes'>

const all = webhookEventTypeSchema.options

/** Where an endpoint is, and what it is told of. */
export function EndpointForm(props: {
  endpoint?: EndpointFields
  action: string
  busy: boolean
  error: Error | null
  onSave: (fields: EndpointFields) => void
  onCancel: () => void
}) {
  const [url, setUrl] = useState(props.endpoint?.url ?? '')
  const [description, setDescription] = useState(props.endpoint?.description ?? '')
  const [wanted, setWanted] = useState<ReadonlySet<WebhookEventType>>(
    new Set(props.endpoint?.eventTypes ?? all),
  )
  const [problem, setProblem] = useState<{ url?: string; events?: string }>({})
  const want = (type: WebhookEventType, on: boolean) => {
    setWanted(new Set(all.filter((one) => (one === type ? on : wanted.has(one)))))
    setProblem({})
  }
  const save = () => {
    const fields = { url: url.trim(), description: description.trim(), eventTypes: [...wanted] }
    const wrong = {
      ...(!webhookEndpointBodySchema.shape.url.safeParse(fields.url).success && {
        url: 'A whole address, such as https://app.example/webhooks.',
      }),
      ...(fields.eventTypes.length === 0 && { events: 'At least one.' }),
    }
    setProblem(wrong)
    if (Object.keys(wrong).length === 0) props.onSave(fields)
  }
  return (
    <form
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
    >
      <ErrorText error={props.error} />
      <TextField
        label="Address"
        type="url"
        placeholder="https://app.example/webhooks"
        autoComplete="off"
        value={url}
        error={problem.url}
        onChange={(event) => {
          setUrl(event.currentTarget.value)
          setProblem({})
        }}
      />
      <TextField
        label="Description"
        hint="For you and your colleagues. May stay empty."
        maxLength={200}
        autoComplete="off"
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
      />
      <fieldset>
        <legend className="mb-2 font-medium text-sm">Events</legend>
        <div className="grid gap-x-4 gap-y-2.5 sm:grid-cols-2">
          {all.map((type) => (
            <Checkbox
              key={type}
              label={type}
              hint={eventTypes[type]}
              checked={wanted.has(type)}
              onChange={(on) => want(type, on)}
            />
          ))}
        </div>
        {problem.events && (
          <p role="alert" className="mt-2 text-danger text-sm">
            {problem.events}
          </p>
        )}
      </fieldset>
      <DialogButtons>
        <Button look="secondary" onClick={props.onCancel}>
          Cancel
        </Button>
        <Button type="submit" busy={props.busy}>
          {props.action}
        </Button>
      </DialogButtons>
    </form>
  )
}
