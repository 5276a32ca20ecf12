"""The SQLite file itself: opened, locked, migrated, checked, recovered. No queries of captures."""
