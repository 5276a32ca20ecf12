"""Dialogs: opened, never executed, so that no task is ever kept waiting behind one."""
