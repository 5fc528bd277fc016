import type { Program } from './program.ts'

/** The browser of the end-to-end tests. */
export const chromium: Program = {
  title: 'Chromium',
  variable: 'RADIST_CHROMIUM',
  names: ['chromium', 'chromium-browser', 'google-chrome'],
  paths: [
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ],
  package: 'chromium',
}
