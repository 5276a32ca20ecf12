"""What every feature needs of the window: the protocol that it implements, actions, messages, the mask."""
