import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'sqlite',
  schema: ['./drizzle/auth-schema.ts', './drizzle/schema.ts'],
  out: './drizzle/migrations',
})
