"""The first steps: an address, a secret, a first delivery."""
