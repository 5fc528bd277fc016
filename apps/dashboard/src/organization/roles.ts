import type { Role } from '@radist-tech/protocol/dashboard'

export const roleNames: Record<Role, string> = { owner: 'Owner', developer: 'Developer', billing: 'Billing' }

export const roleTexts: Record<Role, string> = {
  owner: 'may do everything, and say who belongs to the organisation.',
  developer: 'makes projects and keys, and sees calls and rooms.',
  billing: 'sees usage and invoices, and pays them.',
}

export const roleOptions = [
  { value: 'developer', label: roleNames.developer },
  { value: 'billing', label: roleNames.billing },
  { value: 'owner', label: roleNames.owner },
] as const satisfies readonly { value: Role; label: string }[]
