"""The Signature tab: the verdict, its cause with what to do, and the digests. No checking of its own."""
