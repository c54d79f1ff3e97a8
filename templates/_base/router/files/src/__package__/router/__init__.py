"""Two versions of the service behind one port. Forwards HTTP; imports no server and no model."""
