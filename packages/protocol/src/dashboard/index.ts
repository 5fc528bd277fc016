export * from './organizations.ts'
export * from './projects.ts'
export * from './roles.ts'
export * from './webhooks.ts'
