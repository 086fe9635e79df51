"""The commands of ``zhongbao content``."""
