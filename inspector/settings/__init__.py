"""Each setting declared once, and the system keyring for secrets; no setting is read elsewhere."""
