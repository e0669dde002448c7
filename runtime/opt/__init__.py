"""IR to IR: untrusted transforms, each re-verified, none believed."""
