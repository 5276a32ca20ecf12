"""The terminal's face on the session: arguments, text, JSON lines, exit codes; loads no Qt."""
