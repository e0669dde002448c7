"""The bytes in which templates are downloaded, and in which the type catalogue keeps them."""
