"""Requests as people paste or save them: raw HTTP, curl commands, HAR files, bodies. Nothing is run."""
