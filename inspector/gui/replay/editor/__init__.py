"""Edit and replay: the answers of one capture as fields, next to its JSON, and the difference on the wire."""
