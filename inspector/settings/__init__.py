"""All settings, the state of the window, and the system keyring for secrets."""
