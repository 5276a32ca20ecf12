"""What senders get in response: rules, how they read and decide, and the study of a sender's retries."""
