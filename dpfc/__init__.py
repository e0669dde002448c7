"""The packet-filter compiler: text to merged classifier."""
