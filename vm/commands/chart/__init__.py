"""A map of the disk: whose each block is, as text and as a picture."""
