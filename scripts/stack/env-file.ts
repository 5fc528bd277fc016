/** A file of variables as wrangler reads it: with dotenv 16, then with dotenv-expand 12. */
import { SetupFailure } from '../setup/failure.ts'

/** @throws {SetupFailure} naming a variable whose value such a file cannot hold */
export function envFile(variables: Readonly<Record<string, string>>): string {
  const lines = Object.entries(variables).map(([name, value]) => {
    const written = writtenValue(value)
    if (written === null) throw new SetupFailure(`Wrong configuration: ${name}: ${CANNOT_BE_WRITTEN}`)
    return `${name}=${written}\n`
  })
  return lines.join('')
}

const CANNOT_BE_WRITTEN = 'has a carriage return, or too many of \', ", `, #, \\ and line breaks together'

/** There is no escape for a quote, so a kind of them is taken that the value does not have; or none. */
function writtenValue(value: string): string | null {
  if (value.includes('\r')) return null
  // Otherwise taken for another variable, whose value would be put there.
  const escaped = value.replaceAll('$', '\\$')
  // A backslash before the closing quote would make it part of the value.
  const quote = value.endsWith('\\') ? undefined : QUOTES.find((one) => fits(value, one))
  if (quote !== undefined) return quote + escaped + quote
  return PLAIN.test(value) ? escaped : null
}

const QUOTES = ["'", '`', '"'] as const
/** Between double quotes, \n and \r would be control characters. */
const fits = (value: string, quote: (typeof QUOTES)[number]): boolean =>
  !value.includes(quote) && (quote !== '"' || !value.includes('\\'))
/** What can do without quotes: no comment, no line break, and no space at its ends, which would be cut off. */
const PLAIN = /^[^\s'"`#]([^\n#]*[^\s#])?$/
