"""Reading captures: scopes and filters as SQL, searches, rows and counts. Nothing here writes."""
