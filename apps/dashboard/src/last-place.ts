/** The organisation that was looked at last in this browser: where `/` leads, and what account pages show. */

const STORED_AS = 'radist.organization'

export const lastOrganizationId = (): string | null => localStorage.getItem(STORED_AS)

export const rememberOrganization = (organizationId: string): void =>
  localStorage.setItem(STORED_AS, organizationId)

/** The one that was looked at last if one still belongs to it, else the first; null when there is none. */
export function currentOrganization<O extends { organizationId: string }>(
  organizations: readonly O[],
  lastId: string | null,
): O | null {
  return organizations.find(({ organizationId }) => organizationId === lastId) ?? organizations[0] ?? null
}
