"""The SQLite file itself: opening, locking, migration, checks and recovery. No queries of captures."""
