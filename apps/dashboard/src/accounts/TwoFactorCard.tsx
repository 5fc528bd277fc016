import type { DashboardSession } from '@radist-tech/protocol/dashboard'
import { useState } from 'react'
import { Badge } from '../ui/Badge.tsx'
import { Button } from '../ui/Button.tsx'
import { Card } from '../ui/Card.tsx'
import { EndTwoFactorDialog, NewBackupCodesDialog } from './TwoFactorChanges.tsx'
import { TwoFactorSetUp } from './TwoFactorSetUp.tsx'

export function TwoFactorCard({ user }: { user: DashboardSession['user'] }) {
  const [open, setOpen] = useState<'set-up' | 'codes' | 'end' | null>(null)
  const close = () => setOpen(null)
  return (
    <Card
      title="Two-factor authentication"
      text="A code of your authenticator besides the password: who learns the password alone gets nowhere."
      actions={user.twoFactorEnabled ? <Badge look="good">On</Badge> : <Badge>Off</Badge>}
    >
      {user.twoFactorEnabled ? (
        <div className="flex flex-wrap gap-2">
          <Button look="secondary" onClick={() => setOpen('codes')}>
            New backup codes
          </Button>
          <Button look="secondary" onClick={() => setOpen('end')}>
            Turn off
          </Button>
        </div>
      ) : (
        <Button look="secondary" onClick={() => setOpen('set-up')}>
          Set up
        </Button>
      )}
      {open === 'set-up' && <TwoFactorSetUp onClose={close} />}
      {open === 'codes' && <NewBackupCodesDialog onClose={close} />}
      {open === 'end' && <EndTwoFactorDialog onClose={close} />}
    </Card>
  )
}
