"""The documented signature check, its verdict and its findings. `diagnosis/` proves the cause.

`causes.py` declares every finding code on a signature.
"""
