import type { Program } from './program.ts'

/** What `npm run bench:sfu` measures beside our host where it is installed; it is never installed for that. */
export const janus: Program = {
  title: 'Janus',
  variable: 'RADIST_JANUS',
  names: ['janus'],
  paths: [],
  package: 'janus',
}
