"""Each setting, declared once, the state of the window, and the system keyring for secrets."""
