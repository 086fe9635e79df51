"""Migrations of the store, packaged: they run when a store is opened, no ini file needed."""
