"""零系统故障: may it change? The change freeze, its calendar, its requests and its gate."""
