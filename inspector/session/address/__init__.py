"""How senders reach the listener: the public address, requests that miss its path, and HTTPS on the port."""
