"""Packet captures: pcap and pcapng, plain, gzip or zstd, read as chunks that native code can run over."""
