"""Commands that check signatures and receivers."""
