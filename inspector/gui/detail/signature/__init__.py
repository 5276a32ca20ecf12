"""The Signature tab: the verdict, its cause with a fix, and the digests. The domain checks signatures."""
