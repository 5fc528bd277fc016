/** How many participants the project's open rooms have, as the rooms tell, within the Project object's storage. */

export class RoomParticipants {
  readonly #sql: SqlStorage
  #hasTable: boolean

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql
    const found = this.#sql.exec(
      "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'room_participants'",
    )
    this.#hasTable = found.toArray().length > 0
  }

  /**
   * Takes an open room's word; whether it is open, the caller knows.
   * @param version rises with each change: an older word that comes later changes nothing
   */
  set(roomId: string, count: number, version: number): void {
    this.#createTable()
    this.#sql.exec(
      `INSERT INTO room_participants VALUES (?1, ?2, ?3) ON CONFLICT (room_id) DO UPDATE
       SET count = excluded.count, version = excluded.version WHERE version < excluded.version`,
      roomId,
      count,
      version,
    )
  }

  /** The room is closed: nobody is in it, whatever it told last. */
  remove(roomId: string): void {
    if (this.#hasTable) this.#sql.exec('DELETE FROM room_participants WHERE room_id = ?', roomId)
  }

  /** In all open rooms. */
  sum(): number {
    if (!this.#hasTable) return 0
    return this.#sql
      .exec<{ sum: number }>('SELECT coalesce(sum(count), 0) AS sum FROM room_participants')
      .one().sum
  }

  #createTable(): void {
    if (this.#hasTable) return
    this.#sql.exec(`
      CREATE TABLE room_participants (
        room_id TEXT PRIMARY KEY,
        count INTEGER NOT NULL,
        version INTEGER NOT NULL
      ) WITHOUT ROWID`)
    this.#hasTable = true
  }
}
