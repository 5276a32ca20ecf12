"""Listen for requests and answer them; knows no store, no verdict and no survey."""
