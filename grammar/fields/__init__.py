"""Numbers, conditions and layouts: what languages about bytes share, from text to offsets."""
