"""What pages and programs are shown, put together from the packages; and what operators do to the machinery."""
