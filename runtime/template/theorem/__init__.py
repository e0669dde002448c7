"""The theorems about templates: what is claimed of terms, and how a claim is decided."""
