"""A client of the service: what calls it needs no code of the server."""
