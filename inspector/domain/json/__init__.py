"""JSON as JavaScript reads and writes it: values, source text, positions; without knowledge of webhooks."""
