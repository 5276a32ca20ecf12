"""Bodies in SQL as they are read: decoded if they arrived compressed, as transferred otherwise."""

from __future__ import annotations

import sqlite3

from inspector.domain.signature.content import as_read

# Used in place of the table `bodies`. The index captures_encoded has the few ids to decode.
READ_BODIES = """(
  SELECT capture_id, CASE WHEN capture_id IN (SELECT id FROM captures WHERE encoding IS NOT NULL)
    THEN decoded_body(body, (SELECT encoding FROM captures WHERE id = capture_id)) ELSE body END AS body
  FROM bodies
)"""


def register(connection: sqlite3.Connection) -> None:
    """Let queries on this connection use READ_BODIES."""
    connection.create_function("decoded_body", 2, as_read, deterministic=True)
