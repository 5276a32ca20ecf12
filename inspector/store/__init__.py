"""The store: captures, groups, deliveries and attempts in one SQLite file. The only place with SQL; it
decides nothing about webhooks, which is up to the domain."""
