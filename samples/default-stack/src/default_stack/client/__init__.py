"""The client of the service. It needs no code of the server."""
