"""Responses: the rules that decide what senders get, their preview, and what their retries show."""
