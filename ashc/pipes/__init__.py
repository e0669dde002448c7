"""Pipes: small computations on a stream of bytes, proved one by one and fused into one loop."""
