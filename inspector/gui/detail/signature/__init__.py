"""The Signature tab: the verdict, its cause with a remedy, and the digests. The domain checks them."""
