"""The life of a change request, an emergency release and a standard change, as their entries tell it. Pure."""
