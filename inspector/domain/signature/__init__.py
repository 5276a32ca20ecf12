"""The documented signature check, its verdict and its findings; `diagnosis/` proves the cause."""
