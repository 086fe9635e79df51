"""The commands of ``zhongbao content``, one module a group."""
