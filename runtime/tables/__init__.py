"""Tables as bytes: representations of the IR's finite maps, each proved to answer exactly its map."""
