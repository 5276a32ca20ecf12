"""Delivery of captures: plans and forwards queue deliveries, and this package sends and records each one."""
