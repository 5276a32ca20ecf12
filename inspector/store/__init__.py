"""Remember captures and attempts; the only place with SQL."""
