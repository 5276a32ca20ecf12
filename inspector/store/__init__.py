"""The store: captures, groups, deliveries and attempts in one SQLite file. All SQL is here.

It decides nothing about webhooks; that is up to the domain.
"""
