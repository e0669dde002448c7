"""Rule sets: what a packet classifier's users have in files, and what it means for packets."""
