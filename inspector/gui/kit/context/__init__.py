"""The parts of the window that every feature uses: its protocol, actions, runner, mask and batched
signals."""
