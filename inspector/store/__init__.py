"""The store: captures, groups, deliveries and attempts in one SQLite file, and the journal of captures that
wait for their evaluation. All SQL is here.

It decides nothing about webhooks; that is up to the domain.
"""
