"""JSON as JavaScript reads and writes it: values, their source text, their places; nothing about webhooks."""
