"""A shared stream of captures on NATS JetStream: publish to it, consume from it. It stores nothing itself."""
