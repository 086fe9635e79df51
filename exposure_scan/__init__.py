"""零信安事件: what can be seen? The inventory of assets exposed to the internet."""
