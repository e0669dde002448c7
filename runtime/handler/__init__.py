"""Packet handlers (ASHs): proved when they are installed, run on one message and their owner's memory."""
