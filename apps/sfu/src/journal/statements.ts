/** What the journal asks its database. */
import type { DatabaseSync } from 'node:sqlite'

export type Statements = ReturnType<typeof prepare>

export const prepare = (database: DatabaseSync) => ({
  forgetRooms: database.prepare(
    `DELETE FROM room WHERE id NOT IN
       (SELECT room FROM stay UNION SELECT room FROM ended UNION SELECT room FROM sent UNION SELECT room FROM departed)`,
  ),

  putMark: database.prepare('INSERT OR REPLACE INTO mark (id, at) VALUES (1, ?)'),
  mark: database.prepare('SELECT at FROM mark'),

  updateStay: database.prepare(
    `UPDATE stay SET zeroAt = ?, connectedMs = ?, confirmedAt = ?, reportedSeconds = ?, reportedUntil = ? WHERE id = ?`,
  ),
  addStay: database.prepare(
    `INSERT INTO stay (zeroAt, connectedMs, confirmedAt, reportedSeconds, reportedUntil, id, room, participantId, wallOffset)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ),
  deleteStay: database.prepare('DELETE FROM stay WHERE id = ?'),
  allStays: database.prepare('SELECT * FROM stay'),
  deleteStays: database.prepare('DELETE FROM stay'),

  addEnded: database.prepare(
    'INSERT INTO ended (room, participantId, seconds, remainderMs, startedAt, spanMs) VALUES (?, ?, ?, ?, ?, ?)',
  ),
  firstEnded: database.prepare('SELECT * FROM ended ORDER BY position LIMIT ?'),
  deleteEnded: database.prepare('DELETE FROM ended WHERE position = ?'),
  countEnded: database.prepare('SELECT count(*) AS count FROM ended'),
  oldestEnded: database.prepare('SELECT startedAt + spanMs AS at FROM ended ORDER BY position LIMIT 1'),

  addSent: database.prepare(
    `INSERT INTO sent (recordId, stay, room, participantId, seconds, remainderMs, startedAt, spanMs)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  ),
  firstSent: database.prepare(
    `SELECT sent.*, room.roomId, room.projectId FROM sent JOIN room ON room.id = sent.room
     ORDER BY sent.position LIMIT ?`,
  ),
  findSent: database.prepare(
    `SELECT sent.*, room.roomId, room.projectId FROM sent JOIN room ON room.id = sent.room WHERE recordId = ?`,
  ),
  deleteSent: database.prepare('DELETE FROM sent WHERE recordId = ?'),
  countSent: database.prepare('SELECT count(*) AS count FROM sent'),
  oldestSent: database.prepare('SELECT startedAt + spanMs AS at FROM sent ORDER BY position LIMIT 1'),
  staysOfSent: database.prepare('SELECT stay AS id FROM sent WHERE stay IS NOT NULL'),
  forgetStaysOfSent: database.prepare('UPDATE sent SET stay = NULL WHERE stay IS NOT NULL'),

  setAside: database.prepare(
    'INSERT OR REPLACE INTO rejectedUsage (recordId, record, code, at) VALUES (?, ?, ?, ?)',
  ),
  countRejected: database.prepare('SELECT count(*) AS count FROM rejectedUsage'),

  addDeparture: database.prepare('INSERT INTO departed (room, participantId, reason) VALUES (?, ?, ?)'),
  /** In this order: there may be many departures, and the stays that a crash left are few. */
  staysThatDeparted: database.prepare(
    `SELECT DISTINCT stay.id FROM departed CROSS JOIN stay
     ON stay.room = departed.room AND stay.participantId = departed.participantId`,
  ),
  firstDepartures: database.prepare(
    `SELECT departed.*, room.roomId, room.epoch FROM departed JOIN room ON room.id = departed.room
     ORDER BY departed.position LIMIT ?`,
  ),
  deleteDeparture: database.prepare('DELETE FROM departed WHERE position = ?'),
  countDepartures: database.prepare('SELECT count(*) AS count FROM departed'),
})
