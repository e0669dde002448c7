"""Names to loads: headers, stacks, references and instances resolved, so that a formula over the message is left."""
