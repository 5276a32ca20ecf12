"""The SQLite file itself: opened, locked, migrated, checked, recovered; knows no query."""
