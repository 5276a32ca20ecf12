"""The schema as numbered steps. Step n migrates a file from version n-1 to n.

To change a table, add a step at the end and never edit an old one. Keep a file of the previous version in
`tests/data/`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

# Columns with counts by verdict, in each table with counts. Each capture counts in exactly one. `rewritten`
# is valid by the stringified reading only, `valid` is any other valid one.
MIX = ("valid", "rewritten", "invalid", "unsigned", "unchecked")

_MIX_COLUMNS = ", ".join(f"{name} INTEGER NOT NULL DEFAULT 0" for name in MIX)

_STEP_1 = f"""
CREATE TABLE captures (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  received_ms INTEGER NOT NULL,
  method TEXT NOT NULL,
  target BLOB NOT NULL,
  version TEXT NOT NULL,
  headers TEXT NOT NULL,           -- JSON: [[name, value], …], each byte a character (Latin-1)
  remote TEXT NOT NULL,
  claimed TEXT,
  declared INTEGER,
  answered INTEGER,
  trouble TEXT,
  size INTEGER NOT NULL,
  body_hash BLOB NOT NULL,         -- first 16 bytes of SHA-256
  is_json INTEGER,                 -- null: not looked at
  event TEXT NOT NULL,
  survey_id TEXT, survey_name TEXT, group_id TEXT, user_id TEXT,  -- null where not groupable
  platform TEXT, trigger TEXT, question_order INTEGER,
  summary TEXT NOT NULL,
  items TEXT NOT NULL,             -- the facts that grouping folds
  verdict TEXT NOT NULL, reason TEXT,
  matched INTEGER NOT NULL,        -- 1: raw, 2: stringify
  secret TEXT,
  is_trusted INTEGER NOT NULL,
  deletion INTEGER                 -- the deletion that hides it, null while it lives
);
CREATE INDEX captures_by_respondent ON captures (survey_id, group_id, user_id) WHERE survey_id IS NOT NULL;
CREATE INDEX captures_naming ON captures (survey_id, id) WHERE survey_name IS NOT NULL AND is_trusted;
CREATE INDEX captures_pending ON captures (id) WHERE reason = 'pending';
CREATE INDEX captures_deleted ON captures (deletion) WHERE deletion IS NOT NULL;
-- Apart from the row, so that a list never reads past a body.
CREATE TABLE bodies (capture_id INTEGER PRIMARY KEY, body BLOB NOT NULL);

CREATE TABLE findings (
  capture_id INTEGER NOT NULL,
  is_between INTEGER NOT NULL,     -- found between captures, by grouping; else by the check
  code TEXT NOT NULL,
  summary TEXT NOT NULL, fix TEXT NOT NULL, is_proved INTEGER NOT NULL, detail TEXT NOT NULL,
  PRIMARY KEY (capture_id, is_between, code)
) WITHOUT ROWID;

CREATE TABLE attempts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  capture_id INTEGER NOT NULL,
  target TEXT NOT NULL,
  started_ms INTEGER NOT NULL,
  status INTEGER, elapsed_ms REAL,
  outcome TEXT NOT NULL, error TEXT,
  signature TEXT NOT NULL, edited INTEGER NOT NULL,
  answer_headers TEXT NOT NULL,    -- as captures.headers
  answer_body BLOB NOT NULL, is_answer_cut INTEGER NOT NULL
);
CREATE INDEX attempts_by_capture ON attempts (capture_id, id);

-- What grouping knows, kept by the follower; all of it can be made again from captures.
CREATE TABLE respondents (
  id INTEGER PRIMARY KEY,
  is_sample INTEGER NOT NULL,
  survey_id TEXT NOT NULL, group_id TEXT NOT NULL, user_id TEXT NOT NULL,  -- '' is anonymous
  solo INTEGER NOT NULL,           -- the capture that is a respondent of its own, else 0
  captures INTEGER NOT NULL DEFAULT 0, others INTEGER NOT NULL DEFAULT 0, {_MIX_COLUMNS},
  mark TEXT, answers INTEGER NOT NULL DEFAULT 0, runs INTEGER NOT NULL DEFAULT 0,
  completed_runs INTEGER NOT NULL DEFAULT 0, is_counted_only INTEGER NOT NULL DEFAULT 0,
  last_ms INTEGER NOT NULL DEFAULT 0,
  UNIQUE (is_sample, survey_id, group_id, user_id, solo)
);
CREATE INDEX respondents_latest ON respondents (is_sample, survey_id, group_id, last_ms);
CREATE TABLE groups (
  is_sample INTEGER NOT NULL, survey_id TEXT NOT NULL, group_id TEXT NOT NULL,
  captures INTEGER NOT NULL DEFAULT 0, others INTEGER NOT NULL DEFAULT 0, {_MIX_COLUMNS},
  users INTEGER NOT NULL DEFAULT 0,
  runs INTEGER NOT NULL DEFAULT 0, completed_runs INTEGER NOT NULL DEFAULT 0,
  last_ms INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (is_sample, survey_id, group_id)
) WITHOUT ROWID;
CREATE INDEX groups_latest ON groups (is_sample, survey_id, last_ms);
CREATE TABLE surveys (
  is_sample INTEGER NOT NULL, survey_id TEXT NOT NULL,
  name TEXT, name_from INTEGER NOT NULL DEFAULT 0,  -- the capture that gave the name
  captures INTEGER NOT NULL DEFAULT 0, others INTEGER NOT NULL DEFAULT 0, {_MIX_COLUMNS},
  users INTEGER NOT NULL DEFAULT 0,
  runs INTEGER NOT NULL DEFAULT 0, completed_runs INTEGER NOT NULL DEFAULT 0,
  last_ms INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (is_sample, survey_id)
) WITHOUT ROWID;
CREATE INDEX surveys_latest ON surveys (is_sample, last_ms);
CREATE TABLE figures (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  watermark INTEGER NOT NULL DEFAULT 0,             -- the last capture that is in the figures
  total INTEGER NOT NULL DEFAULT 0, samples INTEGER NOT NULL DEFAULT 0, {_MIX_COLUMNS},
  body_bytes INTEGER NOT NULL DEFAULT 0, untrusted_bytes INTEGER NOT NULL DEFAULT 0
);
INSERT INTO figures (id) VALUES (1);

CREATE TABLE secrets (name TEXT PRIMARY KEY, position INTEGER NOT NULL, is_active INTEGER NOT NULL);
-- A sample's nonce and, where there was no secret, the one made for that run; gone once it is used.
CREATE TABLE nonces (nonce TEXT PRIMARY KEY, secret TEXT, made_ms INTEGER NOT NULL);
CREATE TABLE allowed_hosts (host TEXT PRIMARY KEY, allowed_ms INTEGER NOT NULL);
CREATE TABLE deletions (id INTEGER PRIMARY KEY AUTOINCREMENT, made_ms INTEGER NOT NULL);
CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT NOT NULL);  -- small facts about the file
"""

_STEP_2 = """
-- A short hash of the signature that a capture should bear under the first active secret, so that a
-- header that belongs to another capture is found by an index; the signature itself is a credential.
ALTER TABLE captures ADD COLUMN expected_hash INTEGER;
-- The cause of an invalid signature was sought, whether it was found or not.
ALTER TABLE captures ADD COLUMN is_examined INTEGER NOT NULL DEFAULT 0;
CREATE INDEX captures_by_expected ON captures (expected_hash) WHERE expected_hash IS NOT NULL;
CREATE INDEX captures_unexamined ON captures (id) WHERE verdict = 'invalid' AND NOT is_examined;
CREATE INDEX findings_by_code ON findings (code);
ALTER TABLE findings ADD COLUMN position INTEGER NOT NULL DEFAULT 0;  -- the order they were told in
"""

_STEP_3 = f"""
-- What a person marked a capture with; apart from its row, as any process may set it at any time.
CREATE TABLE marks (
  capture_id INTEGER PRIMARY KEY, is_pinned INTEGER NOT NULL DEFAULT 0, note TEXT NOT NULL DEFAULT ''
);
CREATE INDEX marks_pinned ON marks (capture_id) WHERE is_pinned;
-- A hash of which fields a body has and of which types; null where that is as documented.
ALTER TABLE captures ADD COLUMN shape INTEGER;
-- The shapes that depart from the sender's documents, and what each has that these do not know.
CREATE TABLE shapes (hash INTEGER PRIMARY KEY, departures TEXT NOT NULL, news TEXT NOT NULL);
CREATE INDEX captures_by_shape ON captures (shape)
  WHERE shape IS NOT NULL AND is_trusted AND deletion IS NULL;
-- Undocumented things (a field, question type, platform, event) with the first trusted capture that had each.
CREATE TABLE news (what TEXT PRIMARY KEY, capture_id INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX news_by_capture ON news (capture_id);
ALTER TABLE deletions ADD COLUMN owner TEXT;  -- the process that may undo it (see locks.py)
-- Covers what retention asks for, so that it counts a million in a moment.
CREATE INDEX captures_by_age ON captures (received_ms, size) WHERE deletion IS NULL;
-- Again, without what is hidden: else each step of a long clearing walks over all that it hid before.
DROP INDEX captures_naming;
CREATE INDEX captures_naming ON captures (survey_id, id)
  WHERE survey_name IS NOT NULL AND is_trusted AND deletion IS NULL;
-- What a list is chosen by, a fifth as wide as the rows and in their order: appending to it costs
-- next to nothing, and going through a million of them takes 0.1 s where the rows take 0.4 s.
CREATE INDEX captures_chosen ON captures (
  id, deletion, kind, event, verdict, is_trusted, survey_id, group_id, user_id, received_ms, size,
  method, platform, trigger, survey_name, target
);
-- Again, so that whoever forges captures of a respondent does not slow down the counting of it.
DROP INDEX captures_by_respondent;
CREATE INDEX captures_by_respondent ON captures (survey_id, group_id, user_id, is_trusted)
  WHERE survey_id IS NOT NULL;
-- Again, so that a page of the tree reads no more than it shows, however many there are beside it.
DROP INDEX respondents_latest;
CREATE INDEX respondents_latest ON respondents
  (is_sample, survey_id, group_id, (captures > 0), last_ms, user_id) WHERE user_id != '';
CREATE INDEX respondents_anonymous ON respondents
  (is_sample, survey_id, group_id, (captures > 0), last_ms, answers, runs, completed_runs,
   captures, others, {", ".join(MIX)})
  WHERE user_id = '';
DROP INDEX groups_latest;
CREATE INDEX groups_latest ON groups (is_sample, survey_id, (captures > 0), last_ms);
DROP INDEX surveys_latest;
CREATE INDEX surveys_latest ON surveys (is_sample, (captures > 0), last_ms);
"""

_STEP_4 = """
-- An attempt keeps what was sent: the head always, the body where it is not the capture's own.
ALTER TABLE attempts ADD COLUMN plan_id INTEGER;
ALTER TABLE attempts ADD COLUMN forward_id INTEGER;
ALTER TABLE attempts ADD COLUMN fault TEXT;             -- what was done to it on purpose
ALTER TABLE attempts ADD COLUMN sent_head BLOB NOT NULL DEFAULT x'';
ALTER TABLE attempts ADD COLUMN sent_body BLOB;
ALTER TABLE attempts ADD COLUMN connect_ms REAL;
ALTER TABLE attempts ADD COLUMN first_byte_ms REAL;
ALTER TABLE attempts ADD COLUMN connected_to TEXT;
CREATE INDEX attempts_by_plan ON attempts (plan_id, id) WHERE plan_id IS NOT NULL;
CREATE INDEX attempts_by_forward ON attempts (forward_id, id) WHERE forward_id IS NOT NULL;
-- A replay, and each delivery that it consists of; state 0 waits, 1 was started, 2 is done, 3 was skipped.
CREATE TABLE plans (
  id INTEGER PRIMARY KEY AUTOINCREMENT, made_ms INTEGER NOT NULL, url TEXT NOT NULL,
  options TEXT NOT NULL,           -- JSON
  state TEXT NOT NULL, total INTEGER NOT NULL,
  owner TEXT                       -- the process that works on it
);
CREATE INDEX plans_unfinished ON plans (id) WHERE state != 'done';
CREATE TABLE steps (
  plan_id INTEGER NOT NULL, position INTEGER NOT NULL, capture_id INTEGER NOT NULL,
  at_ms INTEGER, fault TEXT, state INTEGER NOT NULL DEFAULT 0, attempt_id INTEGER,
  PRIMARY KEY (plan_id, position)
) WITHOUT ROWID;
-- A URL that captures are sent to under a name, with what it needs but the values of its headers.
CREATE TABLE targets (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, url TEXT NOT NULL,
  options TEXT NOT NULL            -- JSON
);
-- Where each new capture goes, by which rule, how far it has come, and what waits to be sent (again).
CREATE TABLE forwards (
  id INTEGER PRIMARY KEY AUTOINCREMENT, url TEXT NOT NULL, filter TEXT NOT NULL,
  is_active INTEGER NOT NULL, options TEXT NOT NULL,  -- JSON
  watermark INTEGER NOT NULL       -- the last capture that the rule was asked about
);
CREATE TABLE forward_queue (
  forward_id INTEGER NOT NULL, capture_id INTEGER NOT NULL,
  state TEXT NOT NULL,             -- waiting, started, failed, unjudged
  tries INTEGER NOT NULL DEFAULT 0, next_ms INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (forward_id, capture_id)
) WITHOUT ROWID;
CREATE INDEX forward_queue_by_state ON forward_queue (forward_id, state, capture_id);
ALTER TABLE marks ADD COLUMN color TEXT;  -- one of a person's, null for none
-- What was rewritten on the way, which counting by verdict tells from what is plainly valid.
CREATE INDEX captures_rewritten ON captures (id) WHERE verdict = 'valid' AND matched = 2;
-- Again, without what is hidden, so that those are counted without a look at any capture.
DROP INDEX captures_unexamined;
CREATE INDEX captures_unexamined ON captures (id, verdict, is_examined, deletion)
  WHERE verdict = 'invalid' AND NOT is_examined AND deletion IS NULL;
-- What a large change left to be counted anew: respondents, and things of which who was first is unsure.
CREATE TABLE refolds (
  is_sample INTEGER NOT NULL, survey_id TEXT NOT NULL, group_id TEXT NOT NULL, user_id TEXT NOT NULL,
  solo INTEGER NOT NULL, PRIMARY KEY (is_sample, survey_id, group_id, user_id, solo)
) WITHOUT ROWID;
CREATE TABLE unsure_news (what TEXT PRIMARY KEY) WITHOUT ROWID;
ALTER TABLE figures ADD COLUMN refolds INTEGER NOT NULL DEFAULT 0;  -- how many rows these two have
"""

_STEP_5 = """
-- The redirects that were followed to the answer: JSON, [[status, URL], …]; null where there were none.
ALTER TABLE attempts ADD COLUMN redirects TEXT;
-- What is not trusted counts with all that it takes of the file, and not with its body alone.
UPDATE figures SET untrusted_bytes = (
  SELECT coalesce(sum(
    size + length(headers) + length(items) + 2 * (length(method) + length(target))
    + 10 * length(coalesce(survey_id, '') || coalesce(group_id, '') || coalesce(user_id, '')) + 6144
  ), 0)
  FROM captures WHERE id <= watermark AND NOT is_trusted AND deletion IS NULL
);
"""

APPLICATION_ID = 0x5748494E
"""`PRAGMA application_id` of our files since format 6: "WHIN"."""

_STEP_6 = f"""
PRAGMA application_id = {APPLICATION_ID};
-- The Content-Encoding that a body was decoded from; why a body was not read, or not as a receiver reads it.
ALTER TABLE captures ADD COLUMN encoding TEXT;
ALTER TABLE captures ADD COLUMN problem TEXT;
CREATE INDEX captures_encoded ON captures (id) WHERE encoding IS NOT NULL;
-- Compressed bodies and requests of browsers are evaluated again in the background (evaluations.py).
INSERT INTO notes SELECT 'verified-for-format', max(id) + 1 FROM captures HAVING max(id) IS NOT NULL;
-- Once a secret was active, nothing is trusted for want of one.
INSERT INTO notes SELECT 'had-secret', '1' WHERE EXISTS (SELECT 1 FROM secrets)
  OR EXISTS (SELECT 1 FROM captures WHERE verdict IN ('valid', 'invalid') AND kind != 'sample');
-- For the filter verdict:bytes-only, as captures_rewritten is for verdict:rewritten.
CREATE INDEX captures_bytes_only ON captures (id) WHERE verdict = 'valid' AND matched = 1 AND is_json = 1;
-- What the sender's SDK sends is not a departure. The others are in `news` too, as a JSON list of one text,
-- so that each is a finding on the first trusted capture only.
UPDATE shapes SET departures = (
  SELECT json_group_array(d.value) FROM json_each(shapes.departures) d
  WHERE d.value NOT GLOB '*response (nps_feedback) is a number'
    AND d.value NOT GLOB '*response (s[ct]a*_feedback) is a number'
    AND d.value NOT GLOB '*response (emoji_feedback) is a number'
    AND d.value NOT GLOB '*response (single_select_feedback) is a list'
);
INSERT OR IGNORE INTO news SELECT '[' || json_quote(departure) || ']', min(first) FROM (
  SELECT d.value AS departure, (
    SELECT c.id FROM captures c INDEXED BY captures_by_shape
    WHERE c.shape = s.hash AND c.shape IS NOT NULL AND c.is_trusted AND c.deletion IS NULL
      AND c.kind != 'sample' AND c.id <= (SELECT watermark FROM figures)
    ORDER BY c.id LIMIT 1
  ) AS first
  FROM shapes s, json_each(s.departures) d
) WHERE first IS NOT NULL GROUP BY departure;
-- Skipped questions no longer count as answers: the follower counts every respondent with answers again.
INSERT OR IGNORE INTO refolds SELECT is_sample, survey_id, group_id, user_id, solo
  FROM respondents WHERE answers > 0;
UPDATE figures SET refolds = (SELECT count(*) FROM refolds) + (SELECT count(*) FROM unsure_news);
-- The path that was sent, without its query, and whether a correct receiver responds as this one did.
ALTER TABLE attempts ADD COLUMN path TEXT;
ALTER TABLE attempts ADD COLUMN is_expected INTEGER NOT NULL DEFAULT 0;
UPDATE attempts SET path = substr(target, instr(substr(target, 9), '/') + 8);
UPDATE attempts SET path = (
  SELECT substr(line, 1, instr(line, ' ') - 1)
  FROM (SELECT CAST(substr(sent_head, instr(sent_head, x'20') + 1, 4096) AS TEXT) AS line)
  -- What is not ASCII may not be UTF-8 either, which no text of the file can be.
  WHERE instr(line, ' ') AND substr(line, 1, instr(line, ' ')) NOT GLOB '*[^ -~]*'
) WHERE path = '/';
UPDATE attempts SET path = substr(path, 1, instr(path, '?') - 1) WHERE instr(path, '?');
UPDATE attempts SET is_expected = CASE
  WHEN signature IN ('stale', 'broken')
    OR (signature = 'original' AND (SELECT verdict FROM captures WHERE id = capture_id) = 'invalid')
    OR (signature = 'none' AND NOT (
      SELECT verdict = 'unsigned' AND is_trusted FROM captures WHERE id = capture_id
    ))
  THEN outcome = 'http-error' AND status BETWEEN 400 AND 499
  ELSE outcome = 'ok' END;
-- What the next capture of a respondent is added to, so that the earlier ones are not read for it: null if
-- they have to be, empty while the respondent is in `refolds`.
ALTER TABLE respondents ADD COLUMN progress TEXT;
-- Again, with the body, so that a copy is found among any number of captures of its respondent.
DROP INDEX captures_by_respondent;
CREATE INDEX captures_by_respondent ON captures (survey_id, group_id, user_id, is_trusted, body_hash)
  WHERE survey_id IS NOT NULL;
-- Again, with all captures of a shape: a shape that none has is removed. Earlier versions kept it.
DROP INDEX captures_by_shape;
CREATE INDEX captures_by_shape ON captures (shape, is_trusted, deletion) WHERE shape IS NOT NULL;
DELETE FROM shapes WHERE NOT EXISTS (SELECT 1 FROM captures c WHERE c.shape = hash);
-- Answers without a user id are found without the completions of the group that have none either.
CREATE INDEX captures_anonymous ON captures (survey_id, group_id, is_trusted, body_hash)
  WHERE user_id IS NULL AND event = 'answer' AND survey_id IS NOT NULL;
"""

_STEP_7 = """
-- The deliveries of plans and of forwards, each of which has one of the two ids and 0 for the other.
CREATE TABLE deliveries (
  plan_id INTEGER NOT NULL DEFAULT 0, forward_id INTEGER NOT NULL DEFAULT 0,
  position INTEGER NOT NULL,       -- in its plan; of a forward, the id of the capture
  capture_id INTEGER NOT NULL,
  state INTEGER NOT NULL,          -- see deliveries.py
  at_ms INTEGER, fault TEXT,
  tries INTEGER NOT NULL DEFAULT 0, next_ms INTEGER NOT NULL DEFAULT 0,
  attempt_id INTEGER,
  PRIMARY KEY (plan_id, forward_id, position)
) WITHOUT ROWID;
INSERT INTO deliveries (plan_id, position, capture_id, state, at_ms, fault, attempt_id)
  SELECT plan_id, position, capture_id, state, at_ms, fault, attempt_id FROM steps;
INSERT INTO deliveries (forward_id, position, capture_id, state, tries, next_ms)
  SELECT forward_id, capture_id, capture_id,
    CASE state WHEN 'started' THEN 1 WHEN 'failed' THEN 4 WHEN 'unjudged' THEN 5 ELSE 0 END, tries, next_ms
  FROM forward_queue;
DROP TABLE steps;
DROP TABLE forward_queue;
CREATE INDEX deliveries_of_forwards ON deliveries (forward_id, state, position) WHERE forward_id > 0;
"""

_STEP_8 = """
-- Which response rule decided the response, as a sentence; null for the usual response.
ALTER TABLE captures ADD COLUMN answered_by TEXT;
-- Requests to other paths than the guarded one. They are never evaluated, and are not captures.
CREATE TABLE strays (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  received_ms INTEGER NOT NULL,
  method TEXT NOT NULL,
  target BLOB NOT NULL,
  version TEXT NOT NULL,
  headers TEXT NOT NULL,           -- as captures.headers
  body BLOB NOT NULL,              -- its beginning
  body_bytes INTEGER NOT NULL,     -- the size of the whole body
  remote TEXT NOT NULL,
  claimed TEXT,
  size INTEGER NOT NULL            -- what the row takes of the quota, in bytes
);
"""

_STEP_9 = """
-- The id up to which the captures of the journal (see journal.py) are in this file.
ALTER TABLE figures ADD COLUMN evaluated INTEGER NOT NULL DEFAULT 0;
UPDATE figures SET evaluated = coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'captures'), 0);
"""

_STEP_10 = """
-- The shared inboxes that captures were received from, each as one life of a stream.
CREATE TABLE inboxes (
  id INTEGER PRIMARY KEY,          -- random: the journal has it, too, and either file can be replaced
  stream TEXT NOT NULL,
  created TEXT NOT NULL,           -- when the stream was created, as its server words it
  member TEXT NOT NULL,
  address TEXT NOT NULL,           -- the last one
  suffix TEXT NOT NULL,            -- random end of the name of the durable consumer
  position INTEGER NOT NULL,       -- the last message that is stored or skipped
  UNIQUE (stream, created)
);
CREATE TABLE inbox_captures (
  capture_id INTEGER PRIMARY KEY, inbox_id INTEGER NOT NULL, sequence INTEGER NOT NULL, edge TEXT NOT NULL,
  UNIQUE (inbox_id, sequence)
);
-- Messages that the stream had removed before they were read; 0 to 0 if their numbers are unknown.
CREATE TABLE inbox_gaps (
  inbox_id INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, noticed_ms INTEGER NOT NULL,
  why TEXT NOT NULL,
  PRIMARY KEY (inbox_id, first)
) WITHOUT ROWID;
"""

_STEP_11 = """
-- An inbox that has ended keeps its captures and gaps, and is never read again. Before, its `created` was
-- followed by ` until ` and the time. The table is created again, because the names of others are unique.
CREATE TABLE lasting_inboxes (
  id INTEGER PRIMARY KEY,          -- random: the journal has it, too, and either file can be replaced
  stream TEXT NOT NULL,
  created TEXT NOT NULL,           -- when the stream was created, as its server words it
  member TEXT NOT NULL,
  address TEXT NOT NULL,           -- the last one
  suffix TEXT NOT NULL,            -- random end of the name of the durable consumer
  position INTEGER NOT NULL,       -- the last message that is stored or skipped; -1: never connected
  ended_ms INTEGER                 -- when the stream was found to have lost messages that are stored here
);
INSERT INTO lasting_inboxes
SELECT id, stream, CASE WHEN at THEN substr(created, 1, at - 1) ELSE created END, member, address, suffix,
  position, CASE WHEN at THEN CAST(substr(created, at + 7) AS INTEGER) END
FROM (SELECT *, instr(created, ' until ') AS at FROM inboxes);
DROP TABLE inboxes;
ALTER TABLE lasting_inboxes RENAME TO inboxes;
CREATE UNIQUE INDEX inboxes_to_read ON inboxes (stream, created) WHERE ended_ms IS NULL;
"""

STEPS: tuple[str, ...] = (
    _STEP_1, _STEP_2, _STEP_3, _STEP_4, _STEP_5, _STEP_6, _STEP_7, _STEP_8, _STEP_9, _STEP_10,
    _STEP_11,
)  # fmt: skip
LATEST = len(STEPS)


def migrate(connection: sqlite3.Connection) -> None:
    """Migrate the file to the latest version. Each step is one transaction, in one of the processes.

    All steps of a new file are one, because each commit waits for the disk.
    """
    steps = list(enumerate(STEPS, start=1))
    is_new = connection.execute("PRAGMA user_version").fetchone()[0] == 0
    for part in [steps] if is_new else [[one] for one in steps]:
        connection.execute("BEGIN IMMEDIATE")
        try:
            for number, step in part:
                # Read with the lock: another process may just have run this step.
                if connection.execute("PRAGMA user_version").fetchone()[0] < number:
                    for statement in _statements(step):
                        connection.execute(statement)
                    connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise


def _statements(script: str) -> Iterator[str]:
    """Yield the statements of a script, because `executescript` would end the transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
