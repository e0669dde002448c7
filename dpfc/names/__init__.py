"""Names to loads: headers, stacks and instances resolved; a formula over the message is left."""
