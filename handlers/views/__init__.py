"""Pure views: a domain value or a notice becomes a Card."""
