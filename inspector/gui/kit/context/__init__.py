"""What every feature uses of the window: its protocol, the actions, the runner, the mask, batched signals."""
