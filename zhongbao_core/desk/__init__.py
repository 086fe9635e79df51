"""The desk: what is submitted for approval, who said yes in which way, and what may happen next."""
