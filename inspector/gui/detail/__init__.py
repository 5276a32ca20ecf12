"""The pane that shows one capture whole: what was answered, its bytes, its signature, its attempts."""
