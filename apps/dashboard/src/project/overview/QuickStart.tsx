import { KeyRound } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { CodeBlock } from '../../ui/CodeBlock.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { ErrorText } from '../../ui/ErrorText.tsx'
import { SecretOnce } from '../../ui/SecretOnce.tsx'
import { Tabs } from '../../ui/Tabs.tsx'
import { useNewSecretKey } from '../keys/new-key.ts'
import { useMay, useProject } from '../project.ts'
import { browserSnippet, languages, snippetOf } from './snippets.ts'

/** A first call, ready to be run. A key that is made here is filled in as long as the page is open. */
export function QuickStart() {
  const { projectId, publicKey } = useProject()
  const mayMakeKey = useMay('keys:manage')
  const create = useNewSecretKey(projectId)
  const [stored, setStored] = useState(false)
  const secretKey = create.data?.secretKey ?? null
  const { origin } = window.location
  const tabs = [
    ...languages.map(({ id, name }) => {
      const code = snippetOf(id, { origin, projectId, secretKey })
      return { id, name, content: <CodeBlock label={name} code={code} /> }
    }),
    {
      id: 'browser',
      name: 'In the browser',
      content: <CodeBlock label="In the browser" code={browserSnippet(origin, publicKey)} />,
    },
  ]
  return (
    <Card
      title="Quick start"
      text="Your backend creates a call and gets two tokens. Each lets one person in, once."
      actions={
        mayMakeKey &&
        secretKey === null && (
          <Button
            look="secondary"
            size="sm"
            busy={create.isPending}
            onClick={() => {
              setStored(false)
              create.mutate('Quick start')
            }}
          >
            <KeyRound aria-hidden className="size-4" /> Make a key and fill it in
          </Button>
        )
      }
      flush
    >
      {create.error && (
        <div className="px-5 pb-4">
          <ErrorText error={create.error} />
        </div>
      )}
      <Tabs label="Language" tabs={tabs} />
      <Dialog
        open={secretKey !== null && !stored}
        onClose={() => {}}
        modal="alert"
        title="Store this key now"
        text="It is shown this one time, and filled in until you leave this page."
      >
        {secretKey !== null && (
          <SecretOnce label="Quick start" secret={secretKey} onStored={() => setStored(true)} />
        )}
      </Dialog>
    </Card>
  )
}
