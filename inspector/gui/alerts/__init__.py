"""How an alert reaches the desktop, and how the capture comes up from there. Rules live in the session."""
