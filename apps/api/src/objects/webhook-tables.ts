/** The tables of a project's webhooks. Made when the first event comes for an endpoint, and not before. */

/** Whose tables they are; null while there are none. */
export function projectOfTables(sql: SqlStorage): string | null {
  const found = sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'webhook_project'")
  if (found.toArray().length === 0) return null
  return sql.exec<{ id: string }>('SELECT id FROM webhook_project').one().id
}

/** To be called once, in a transaction. */
export function createWebhookTables(sql: SqlStorage, projectId: string): void {
  sql.exec(`
    CREATE TABLE webhook_project (id TEXT NOT NULL);
    CREATE TABLE messages (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      -- The event's own: one that comes again is known by it.
      id TEXT NOT NULL UNIQUE,
      -- As it is sent, to the byte.
      body TEXT NOT NULL
    );
    -- One for each event and endpoint.
    CREATE TABLE deliveries (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      message INTEGER NOT NULL,
      endpoint_id TEXT NOT NULL,
      subject TEXT NOT NULL,
      state TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      -- When its three days began, and the attempts since then; 'attempts' counts all there ever were.
      since INTEGER NOT NULL,
      tries INTEGER NOT NULL DEFAULT 0,
      attempts INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX deliveries_by_endpoint ON deliveries (endpoint_id, id);
    CREATE INDEX deliveries_by_state ON deliveries (endpoint_id, state, id);
    CREATE INDEX deliveries_waiting ON deliveries (endpoint_id, subject, id) WHERE state = 'waiting';
    -- One for each endpoint and subject with something waiting; the first of it is due at this time.
    CREATE TABLE lanes (
      endpoint_id TEXT NOT NULL,
      subject TEXT NOT NULL,
      due_at INTEGER NOT NULL,
      PRIMARY KEY (endpoint_id, subject)
    ) WITHOUT ROWID;
    CREATE INDEX lanes_due ON lanes (endpoint_id, due_at);
    CREATE TABLE attempts (
      delivery INTEGER NOT NULL,
      number INTEGER NOT NULL,
      at INTEGER NOT NULL,
      duration_ms INTEGER NOT NULL,
      status INTEGER,
      error TEXT,
      answer TEXT NOT NULL,
      PRIMARY KEY (delivery, number)
    ) WITHOUT ROWID;
    -- Of endpoints whose last attempt failed.
    CREATE TABLE failing_endpoints (
      endpoint_id TEXT PRIMARY KEY,
      failures INTEGER NOT NULL,
      failing_since INTEGER NOT NULL,
      -- Set while D1 has yet to be told that the endpoint is disabled.
      disable_reason TEXT
    ) WITHOUT ROWID;
  `)
  sql.exec('INSERT INTO webhook_project VALUES (?)', projectId)
}
