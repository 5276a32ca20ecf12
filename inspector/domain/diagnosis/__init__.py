"""Why a signature is not valid: one hypothesis a function, in a registry."""
