"""Starting, stopping, copying and checking an installation."""
