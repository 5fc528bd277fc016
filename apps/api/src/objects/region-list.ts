/** The regions in which hosts have enrolled: the default region's Fleet object keeps them for all. */
import { DEFAULT_REGION } from '@radist-tech/protocol'

export class RegionList {
  readonly #sql: SqlStorage

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql
  }

  /** The default one, which needs no noting, then the others by name. */
  all(): string[] {
    if (!this.#isMade()) return [DEFAULT_REGION]
    const rows = this.#sql.exec<{ region: string }>('SELECT region FROM regions ORDER BY region').toArray()
    return [DEFAULT_REGION, ...rows.map(({ region }) => region)]
  }

  /** Does nothing the second time. */
  note(region: string): void {
    if (region === DEFAULT_REGION) return
    this.#sql.exec('CREATE TABLE IF NOT EXISTS regions (region TEXT PRIMARY KEY) WITHOUT ROWID')
    this.#sql.exec('INSERT OR IGNORE INTO regions VALUES (?)', region)
  }

  #isMade(): boolean {
    return this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'regions'").toArray().length > 0
  }
}
