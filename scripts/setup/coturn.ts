import type { Program } from './program.ts'

/** The TURN server of the end-to-end tests, which start one of their own and leave the machine's alone. */
export const coturn: Program = {
  title: 'coturn',
  variable: 'RADIST_TURNSERVER',
  names: ['turnserver'],
  paths: [],
  package: 'coturn',
}
