"""Put validated code into memory that is never writable and executable at once, and call it."""
