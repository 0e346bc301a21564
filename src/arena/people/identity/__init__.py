"""Who exists: people, creators, collectives and the keys they hold."""
