"""The public address and its tunnel: state, commands, log, and requests to other paths."""
