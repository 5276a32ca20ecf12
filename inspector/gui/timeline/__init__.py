"""The timeline above the list, with its legend."""
