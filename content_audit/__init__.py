"""零内容安全事故: may it be published? The audit of owned media before and after publishing."""
