"""What joins the pillars: the command line, the status screen, and what speaks across them."""
