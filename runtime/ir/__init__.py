"""The download format: nodes, builder, text and binary forms, verifier, reference interpreter."""
