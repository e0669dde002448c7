"""Numbers, conditions and places of fields, lowered to IR: shared by the languages about bytes."""
