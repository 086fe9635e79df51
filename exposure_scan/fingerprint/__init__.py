"""What answers: the product and version a banner, a header, a page or a certificate names. Pure: text in, names out."""
